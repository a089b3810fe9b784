"""Rules of a scenario that join several keys.

They work on whichever tables are valid by themselves, so that one report can
hold both what a table has wrong and what does not fit together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from objtui.claims import ClaimError, check_claim
from objtui.losses import LOSSES
from objtui.scenario.findings import Finding, Raw
from objtui.scenario.parts import Parts, parts_of, tables
from objtui.scenario.schema import (
    Claim,
    CocoData,
    Data,
    Head,
    PointsData,
    ScenesData,
    TableData,
    Train,
)
from objtui.scenario.schema.backbones import BACKBONE_KEYS
from objtui.scenario.unused import unused_keys
from objtui.text.nearest import nearest

DEVICE = re.compile(r"auto|cpu|mps|cuda(:(0|[1-9][0-9]{0,3}))?")
"""What `train.device` and `--device` may be."""

_COLUMN_FILES = (".csv", ".parquet")
_ARRAY_FILES = (".npz", ".safetensors")


def broken_rules(raw: Raw) -> list[Finding]:
    """Everything in a file's tables that does not fit together."""
    parts = parts_of(raw)
    findings: list[Finding] = []
    if parts.data:
        findings += _data_rules(parts.data)
    for path, unused in unused_keys(parts).items():
        findings += (Finding((*path, key), reason) for key, reason in unused.items())
    if parts.train:
        findings += _train_rules(parts.train)
    findings += _same_names(raw)
    for index, head in parts.heads.items():
        findings += _head_rules(index, head, parts)
    for index, claim in parts.claims.items():
        findings += _claim_rules(index, claim, parts.head_names)
    return findings


def _data_rules(data: Data) -> Iterator[Finding]:
    if isinstance(data, PointsData):
        yield from _points_rules(data)
    elif isinstance(data, TableData):
        yield from _table_rules(data)
    elif isinstance(data, CocoData | ScenesData):
        anchors = data.anchors
        if anchors.negative_iou > anchors.positive_iou:
            yield Finding(
                ("data", "anchors", "negative_iou"),
                f"expected at most positive_iou, which is {anchors.positive_iou:g}, "
                f"got {anchors.negative_iou:g}",
            )


def _points_rules(data: PointsData) -> Iterator[Finding]:
    columns = len(data.features[0])
    if columns == 0:
        yield Finding(("data", "features", 0), "expected at least one number in a row")
    for index, row in enumerate(data.features):
        if len(row) != columns:
            yield Finding(
                ("data", "features", index),
                f"expected {columns} numbers, as in the first row, got {len(row)}",
            )
    rows, targets = len(data.features), len(data.targets)
    if rows != targets:
        yield Finding(
            ("data", "targets"), f"expected {rows} targets, one a row of features, got {targets}"
        )


def _table_rules(data: TableData) -> Iterator[Finding]:
    if data.val is not None and data.val_share is not None:
        yield Finding(("data", "val_share"), "give val or val_share, not both", ("data", "val"))
    files = {"train": data.train} | ({} if data.val is None else {"val": data.val})
    known = (*_ARRAY_FILES, *_COLUMN_FILES)
    suffixes = {key: PurePath(name).suffix.lower() for key, name in files.items()}
    for key, suffix in suffixes.items():
        if suffix not in known:
            yield Finding(
                ("data", key),
                f"expected a file that ends in {', '.join(known[:-1])} or {known[-1]}, "
                f"got {suffix or 'none of them'}",
            )
    path = ("data", "features")
    if isinstance(data.features, str) and any(s in _COLUMN_FILES for s in suffixes.values()):
        yield Finding(path, f'expected a list of columns, such as ["{data.features}"]')
    if isinstance(data.features, tuple):
        if any(suffix in _ARRAY_FILES for suffix in suffixes.values()):
            yield Finding(path, "expected the name of one array; lists are for .csv and .parquet")
        if not data.features:
            yield Finding(path, "expected at least one column")
        for index, name in enumerate(data.features):
            if name in data.features[:index]:
                yield Finding((*path, index), "a column that is listed twice")
    if data.features == data.targets or (
        isinstance(data.features, tuple) and data.targets in data.features
    ):
        yield Finding(path, "the targets cannot be features too", ("data", "targets"))


def _train_rules(train: Train) -> Iterator[Finding]:
    for key, message in train.update_rule.problems():
        yield Finding(("train", key), message)
    if train.warmup > train.steps:
        yield Finding(
            ("train", "warmup"),
            f"expected at most the {train.steps} steps of the training, got {train.warmup}",
        )
    if train.compile == "always" and not train.can_compile:
        key = "dtype" if train.dtype == "bfloat16" else "optimizer"
        message = f'not for {key} "{getattr(train, key)}"'
        yield Finding(("train", "compile"), message, ("train", key))
    for index, seed in enumerate(train.seeds):
        if seed in train.seeds[:index]:
            yield Finding(("train", "seeds", index), f"seed {seed} is listed twice")
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
        near = nearest(mirror, [known for known in parts.head_names if known != head.name])
        hint = f'; did you mean "{near}"?' if near else ""
        yield f'there is no head named "{mirror}"{hint}'
        return
    target = next((known for known in parts.heads.values() if known.name == mirror), None)
    twin = LOSSES[head.loss].twin
    if target is not None and target.loss != twin:
        yield f'expected a head with loss "{twin}"; "{mirror}" has "{target.loss}"'
    if target is not None and target.double_sigmoid:
        yield f'no exact map exists onto "{mirror}", which has a double sigmoid'
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


def _claim_rules(index: int, claim: Claim, head_names: Sequence[str]) -> Iterator[Finding]:
    try:
        check_claim(claim.test, head_names)
    except ClaimError as error:
        yield from (Finding(("claims", index, "test"), line) for line in error.lines())
