"""Short runs from the command line, and what is read of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objtui.runfile.reader import RunReader

if TYPE_CHECKING:
    from conftest import Trainers

FINISHES = ("--set", "train.steps=30")


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


def wait_for_training(trainers: Trainers, name: str = "a-1") -> Path:
    path = trainers.runs / f"{name}.objtui"
    trainers.wait_for(path, lambda status: status.step > 10)
    return path


def state_of(path: Path) -> str:
    with RunReader(path) as reader:
        return reader.status().state
