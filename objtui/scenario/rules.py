"""Rules of a scenario that join several keys.

They work on whichever tables are valid by themselves, so that one report can
hold both what a table has wrong and what does not fit together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from objtui.claims import ClaimError, check_claim
from objtui.errors import KeyPath
from objtui.losses import LOSSES
from objtui.measures.bounds import MAX_COUNT
from objtui.measures.scores import CALIBRATION_SCORE_NAMES, DETECTOR_SCORE_NAMES
from objtui.runfile.records import MAX_MEMBERS, MAX_TEXT
from objtui.scenario.detector_rules import detector_rules
from objtui.scenario.findings import Raw
from objtui.scenario.lines import Finding
from objtui.scenario.parts import Parts, parts_of, tables
from objtui.scenario.schema import (
    Claim,
    Head,
    Train,
)
from objtui.scenario.schema.model import BACKBONE_KEYS
from objtui.scenario.schema.table import repeated
from objtui.scenario.unused import unused_keys
from objtui.text.nearest import nearest
from objtui.text.numbers import counted, grouped

DEVICE = re.compile(r"auto|cpu|mps|cuda(:(0|[1-9][0-9]{0,3}))?")
"""What `train.device` and `--device` may be."""


def broken_rules(raw: Raw) -> list[Finding]:
    """Everything in a file's tables that does not fit together."""
    parts = parts_of(raw)
    findings: list[Finding] = []
    if parts.data:
        findings += parts.data.problems()
    for path, unused in unused_keys(parts).items():
        findings += (Finding((*path, key), reason) for key, reason in unused.items())
    findings += _record_rules(raw, parts)
    if parts.train:
        findings += _train_rules(parts.train)
    findings += detector_rules(parts)
    findings += _same_names(raw)
    for index, head in parts.heads.items():
        findings += _head_rules(index, head, parts)
    for index, claim in parts.claims.items():
        findings += _claim_rules(index, claim, parts)
    return findings


def _record_rules(raw: Raw, parts: Parts) -> Iterator[Finding]:
    """What no run file could record: `objtui.runfile.records` has its bounds."""
    texts: list[tuple[KeyPath, object]] = [((key,), raw.get(key)) for key in ("title", "question")]
    for index, claim in parts.claims.items():
        texts.append((("claims", index, "text"), claim.text))
    for path, text in texts:
        if isinstance(text, str) and len(text) > MAX_TEXT:
            message = f"expected at most {grouped(MAX_TEXT)} characters, got {grouped(len(text))}"
            yield Finding(path, message)
    if parts.train is None:
        return
    if MAX_COUNT < parts.train.steps < 2**63:  # beyond that it is no number of TOML
        message = f"expected at most {grouped(MAX_COUNT)} steps, got {parts.train.steps}"
        yield Finding(("train", "steps"), message)
    heads, seeds = len(parts.head_names), len(parts.train.seeds)
    if heads * seeds > MAX_MEMBERS:
        message = f"{grouped(seeds)} seeds of {counted(heads, 'head')} are too many: a run has at "
        yield Finding(("train", "seeds"), message + f"most {grouped(MAX_MEMBERS)} members")


def _train_rules(train: Train) -> Iterator[Finding]:
    for key, message in train.update_rule.problems():
        yield Finding(("train", key), message)
    if train.warmup > train.steps:
        yield Finding(
            ("train", "warmup"),
            f"expected at most the {train.steps} steps of the training, got {train.warmup}",
        )
    if train.compile == "always" and not train.can_compile:
        if train.dtype == "bfloat16":
            key = "dtype"
        else:
            key = "hard_negatives" if train.can_record else "optimizer"
        message = f"not for {key} {json.dumps(getattr(train, key))}"
        yield Finding(("train", "compile"), message, ("train", key))
    if train.balance is not None and train.batch == "all":
        message = 'not with batch = "all", which has every row once'
        yield Finding(("train", "balance"), message, ("train", "batch"))
    if train.ema is not None and train.dtype == "bfloat16":
        message = 'not for dtype "bfloat16", in which so small a step of an average rounds to none'
        yield Finding(("train", "ema"), message, ("train", "dtype"))
    for index in repeated(train.seeds):
        yield Finding(("train", "seeds", index), f"seed {train.seeds[index]} is listed twice")
    if not DEVICE.fullmatch(train.device):
        yield Finding(
            ("train", "device"), f'expected auto, cpu, cuda, cuda:N or mps, got "{train.device}"'
        )


def _same_names(raw: Raw) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index, head in enumerate(tables(raw, "heads")):
        name = head.get("name") if isinstance(head, dict) else None
        if not isinstance(name, str):
            continue
        if name in first:
            earlier = ("heads", first[name], "name")
            yield Finding(("heads", index, "name"), f'a second head named "{name}"', earlier)
        first.setdefault(name, index)


def _head_rules(index: int, head: Head, parts: Parts) -> Iterator[Finding]:
    if head.prior is not None and head.initial_logit is not None:
        yield Finding(
            ("heads", index, "initial_logit"),
            "give prior or initial_logit, not both",
            ("heads", index, "prior"),
        )
    if head.double_sigmoid:
        for key in ("prior", "initial_logit"):
            if getattr(head, key) is not None:
                yield Finding(
                    ("heads", index, key),
                    "it fixes the neuron's output, which a double sigmoid does not take as "
                    "its logit: leave out one of the two",
                    ("heads", index, "double_sigmoid"),
                )
    if head.mirror is not None and LOSSES[head.loss].twin is not None:
        for message in _mirror_problems(head, head.mirror, parts):
            yield Finding(("heads", index, "mirror"), message)


def _mirror_problems(head: Head, mirror: str, parts: Parts) -> Iterator[str]:
    if mirror == head.name:
        yield f'a head cannot mirror itself; name a head with loss "{LOSSES[head.loss].twin}"'
        return
    if mirror not in parts.head_names:
        near = nearest(mirror, [name for name in parts.head_names if name != head.name])
        hint = f'; did you mean "{near}"?' if near else ""
        yield f'there is no head named "{mirror}"{hint}'
        return
    target = next((other for other in parts.heads.values() if other.name == mirror), None)
    twin = LOSSES[head.loss].twin
    if target is not None and target.loss != twin:
        yield f'expected a head with loss "{twin}"; "{mirror}" has "{target.loss}"'
    if target is not None and target.double_sigmoid:
        yield f'no exact map exists onto "{mirror}", which has a double sigmoid'
    if target is not None and target.class_p != head.class_p:
        yield f'class_p is not that of "{mirror}": their scores would not be equal'
    if parts.train is None:
        return
    # With one trained neuron the gradient, and so its norm, is that of the mirrored head.
    both_trained = head.negative_neuron == "free"
    model = parts.model
    over_backbone = model is not None and BACKBONE_KEYS[model.backbone].has_parameters
    if parts.train.clip_norm is not None and over_backbone and both_trained:
        yield (
            "no exact map exists with train.clip_norm over a backbone: leave out clip_norm, the "
            'mirror or the backbone, or set negative_neuron = "zero"'
        )
    decay = 0.0 if target is None else parts.train.decay * target.weight_decay_scale
    if head.negative_neuron == "frozen" and decay > 0:
        yield (
            f"no exact map exists with a frozen background neuron and a weight decay of {decay:g}, "
            "which pulls towards 0 and not towards that neuron: leave out the mirror, set "
            'train.weight_decay = 0, or negative_neuron = "zero"'
        )


def _claim_rules(index: int, claim: Claim, parts: Parts) -> Iterator[Finding]:
    # Of a table that is wrong by itself nobody can say which scores it would have.
    names = DETECTOR_SCORE_NAMES if parts.model is None else parts.model.score_names
    names += CALIBRATION_SCORE_NAMES if parts.calibrate is None else parts.calibrate.score_names
    try:
        check_claim(claim.test, parts.head_names, names)
    except ClaimError as error:
        yield from (Finding(("claims", index, "test"), line) for line in error.lines())
