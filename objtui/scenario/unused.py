"""Keys that a table's other keys leave without meaning, each with the reason.

A file that gives one of them is refused, and so is an option of the command line;
a key of the file that only an option left without meaning is dropped. The printed scenario
leaves them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from objtui.errors import KeyPath
from objtui.losses import LOSSES, gives_logits
from objtui.optimizers import OPTIMIZERS
from objtui.options import owners_of
from objtui.scenario.expected import data_sources
from objtui.scenario.findings import Raw
from objtui.scenario.overrides import Applied
from objtui.scenario.parts import Parts, parts_of
from objtui.scenario.schema import (
    Anchors,
    DataTable,
    Detect,
    Head,
    ImagesTable,
    Model,
    Table,
    Train,
    anchors_of,
)
from objtui.scenario.schema.heads import FORMULAS, MIRRORS, SIGMOIDS, TWO_NEURONS
from objtui.scenario.schema.model import BACKBONE_KEYS, SEE_IMAGES, backbones_with
from objtui.text.numbers import either, quoted

_OF_TILES = ("tile", "augment")

_OF_THE_MIRRORED_HEAD = (
    "lr_scale",
    "weight_decay_scale",
    "prior",
    "initial_logit",
    "label_smoothing",
    "positive_weight",
)


def unused_by_data(data: DataTable, model: Model | None) -> dict[str, str]:
    """The keys that make rows of features of images, and those of overlaps without such targets."""
    unused = {}
    if model is not None and model.sees_images:
        unused["crop"] = f'not with backbone "{model.backbone}", which sees whole images'
    if isinstance(data, ImagesTable) and data.objectness != "iou":
        unused["iou_power"] = 'only with objectness = "iou"'
    return unused


def unused_by_model(model: Model) -> dict[str, str]:
    """The keys of other backbones, and those of boxes where there are none."""
    own = BACKBONE_KEYS[model.backbone].keys
    others = {key: backbones_with(key) for key in Model.model_fields if key not in own}
    unused = {
        key: "only with backbone " + " or ".join(f'"{name}"' for name in names)
        for key, names in others.items()
        if names
    }
    if model.boxes == "none":
        unused.setdefault("box_weight", 'only with boxes "joint" or "detached"')
    return unused


def unused_by_train(train: Train, model: Model | None) -> dict[str, str]:
    """The keys of other optimisers, and of tiles where the backbone sees none."""
    unused = _others_options(OPTIMIZERS, train.optimizer, "optimizer")
    if model is not None and not model.sees_images:
        unused |= dict.fromkeys(_OF_TILES, f"only with backbone {SEE_IMAGES}")
    if model is not None and model.sees_images:
        unused["balance"] = (
            f'not with backbone "{model.backbone}", which sees all anchors of a tile; '
            "hard_negatives leaves some out"
        )
    return unused


def unused_by_detect(model: Model) -> dict[str, str]:
    """All keys, where the backbone gives no detections."""
    if model.sees_images:
        return {}
    return dict.fromkeys(Detect.model_fields, f"only with backbone {SEE_IMAGES}")


def unused_by_anchors(anchors: Anchors) -> dict[str, str]:
    """What only fitted sizes have, and the limits of IoU that `per_object` replaces."""
    unused = {}
    if anchors.sizes != "auto":
        unused["count"] = 'only with sizes = "auto"'
    if anchors.per_object is not None:
        reason = "with per_object the best anchors of an object are positive, whatever their IoU"
        unused |= dict.fromkeys(("positive_iou", "negative_iou"), reason)
    return unused


def unused_by_head(head: Head) -> dict[str, str]:
    """The keys of other losses, and those that a mirrored head takes from its head."""
    loss = LOSSES[head.loss]
    unused = _others_options(FORMULAS, head.loss, "loss")
    if loss.neurons != 2:
        reason = f"only with loss {TWO_NEURONS}, which has a background neuron"
        unused["negative_neuron"] = reason
    if loss.twin is None:
        unused["mirror"] = f"only with loss {MIRRORS}"
    if not loss.sigmoid:
        unused["double_sigmoid"] = f"only with loss {SIGMOIDS}"
    if not gives_logits(head.loss):
        unused["class_p"] = f'not with loss "{head.loss}", whose z is no logit'
    if head.mirror is not None and loss.twin is not None:
        reason = (
            f'a mirror takes it from its head: set it on "{head.mirror}", '
            f"or remove mirror (--set heads.{head.name}.mirror=)"
        )
        unused |= dict.fromkeys(_OF_THE_MIRRORED_HEAD, reason)
    return unused


def _others_options(owners: Mapping[str, type[Any]], name: str, key: str) -> dict[str, str]:
    """The options that the class of this name does not have, with the names of those that do."""
    return {
        option: f"only with {key} {either(quoted(names))}"
        for option, names in owners_of(owners).items()
        if name not in names
    }


def unused_keys(parts: Parts) -> dict[KeyPath, dict[str, str]]:
    """For every valid table, the keys it gives that mean nothing there, each with the reason."""
    unused: dict[KeyPath, dict[str, str]] = {}
    if parts.data and (anchors := anchors_of(parts.data)):
        unused[("data", "anchors")] = _given(anchors, unused_by_anchors(anchors))
    if parts.data:
        unused[("data",)] = _given(parts.data, unused_by_data(parts.data, parts.model))
    if parts.model and parts.detect:
        unused[("detect",)] = _given(parts.detect, unused_by_detect(parts.model))
    if parts.model:
        unused[("model",)] = _given(parts.model, unused_by_model(parts.model))
    if parts.train:
        unused[("train",)] = _given(parts.train, unused_by_train(parts.train, parts.model))
    for index, head in parts.heads.items():
        unused[("heads", index)] = _given(head, unused_by_head(head))
    return unused


def _given(table: Table, unused: dict[str, str]) -> dict[str, str]:
    fields = type(table).model_fields
    return {key: unused[key] for key in fields if key in unused and key in table.model_fields_set}


@dataclass(frozen=True)
class GivenKeys:
    """What a file gives, before any option changes it.

    Attributes:
        unused: of every table that is valid by itself, the keys without meaning.
        of_source: the keys that its own source of data has.
    """

    unused: dict[KeyPath, frozenset[str]]
    of_source: frozenset[str]


def given_keys(raw: Raw) -> GivenKeys:
    """What the file gives in vain, to be asked before options are applied."""
    unused = unused_keys(parts_of(raw))
    return GivenKeys(
        {path: frozenset(keys) for path, keys in unused.items()}, frozenset(_source_keys(raw))
    )


def drop_unused(raw: Raw, before: GivenKeys, applied: Applied) -> None:
    """Remove the file's own keys that mean nothing now, but meant something `before`.

    Those that an option wrote stay, and are refused.
    """
    for path, unused in unused_keys(parts_of(raw)).items():
        if path not in before.unused:  # unknown whether they meant anything
            continue
        for key in unused:
            if key not in before.unused[path] and applied.option_at((*path, key)) is None:
                del _table(raw, path)[key]
    keys = _source_keys(raw)
    if keys and applied.option_at(("data", "source")) is not None:
        for key in before.of_source.difference(keys).intersection(raw["data"]):
            if applied.option_at(("data", key)) is None:
                del raw["data"][key]


def _table(raw: Raw, path: KeyPath) -> dict[str, Any]:
    """The table at a path that holds one."""
    table: Any = raw
    for part in path:
        table = table[part]
    result: dict[str, Any] = table
    return result


def _source_keys(raw: Raw) -> list[str]:
    """The keys of the source of data that is named; none where it is no known one."""
    data = raw.get("data")
    source = data.get("source") if isinstance(data, dict) else None
    node = data_sources().get(source) if isinstance(source, str) else None
    return [] if node is None else list(node["properties"])
