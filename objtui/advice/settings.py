"""What the rules must know of how a run was asked for, as far as its file says so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from objtui.optimizers import OPTIMIZERS
from objtui.runfile.unpacking import parse_json


@dataclass(frozen=True, slots=True)
class HeadSettings:
    """What decides where the logits of a head stop.

    Attributes:
        smoothing: ε of label smoothing.
        pull: the share of a logit that weight decay takes in one step, lr · λ; 0 without.
        falling_rate: whether the learning rate falls to 0 at the last step.
    """

    smoothing: float = 0.0
    pull: float = 0.0
    falling_rate: bool = False


@lru_cache(maxsize=64)
def head_settings(request: str, heads: int) -> tuple[HeadSettings, ...]:
    """By head, from the request in a run file; of a training loop of one's own, none are known."""
    try:
        scenario = _table(parse_json(request).get("scenario"))
    except (AttributeError, ValueError):
        scenario = {}
    train, tables = _table(scenario.get("train")), scenario.get("heads")
    own = [_table(table) for table in tables] if isinstance(tables, list) else []
    own += [{}] * (heads - len(own))
    optimizer = OPTIMIZERS.get(str(train.get("optimizer")))
    by_default = 0.0 if optimizer is None else optimizer.default_decay
    decay = _number(train.get("weight_decay"), by_default)
    rate = _number(train.get("lr"), 0.0)
    return tuple(
        HeadSettings(
            smoothing=min(_number(head.get("label_smoothing"), 0.0), 1.0),
            pull=rate
            * decay
            * _number(head.get("lr_scale"), 1.0)
            * _number(head.get("weight_decay_scale"), 1.0),
            falling_rate=train.get("schedule") == "cosine",
        )
        for head in own[:heads]
    )


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: object, otherwise: float) -> float:
    """A number from 0 on that a file has; another value stands for `otherwise`."""
    if type(value) not in (int, float) or not 0 <= value <= 1e100:  # type: ignore[operator]
        return otherwise
    return float(value) if math.isfinite(value) else otherwise  # type: ignore[arg-type]
