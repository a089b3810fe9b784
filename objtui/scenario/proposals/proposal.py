"""What a scenario for somebody's data is written from, and the `[data]` table of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from objtui.datafiles.recognition import UserData
from objtui.datafiles.table import ARRAY_FILES
from objtui.scenario.proposals.survey import Survey


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a scenario is written from.

    Attributes:
        user_data: what was given.
        data: the `[data]` table that it was looked at with; paths start from the scenario.
        survey: what was seen.
    """

    user_data: UserData
    data: dict[str, Any]
    survey: Survey


def data_table(user_data: UserData, base: Path, targets: str, features: str) -> dict[str, Any]:
    """The `[data]` table to look at the data with; `base` is the scenario's folder.

    `targets` and `features` name arrays or columns, of files of rows; empty where it is not said.
    """

    def relative(path: Path | None) -> str:
        return os.path.relpath(Path.cwd() / path, base) if path else ""

    if user_data.kind == "yolo":
        return {"source": "yolo", "data": relative(user_data.path)}
    if user_data.kind == "coco":
        parts = {"train": (user_data.images, user_data.path)}
        if user_data.val:
            parts["val"] = (user_data.val_images, user_data.val)
        return {"source": "coco"} | {
            part: {"images": relative(images), "annotations": relative(annotations)}
            for part, (images, annotations) in parts.items()
        }
    table: dict[str, Any] = {"source": "table", "train": relative(user_data.path)}
    if user_data.val:
        table["val"] = relative(user_data.val)
    table["targets"] = targets
    if features:
        columns = user_data.path.suffix.lower() not in ARRAY_FILES
        table["features"] = [features] if columns else features
    if user_data.kind == "table":
        table["standardize"] = True
    return table


def stem_for(user_data: UserData) -> str:
    """What a scenario of the data is called: as its folder, or as a file that has a name."""
    path = user_data.path.absolute()
    if user_data.kind in ("table", "logits"):
        return path.stem
    plain = ("train", "training", "annotations", "images", "labels")
    if path.suffix and not path.is_dir():
        path = path.parent
    while path.name.lower() in plain:
        path = path.parent
    return path.name or "mine"
