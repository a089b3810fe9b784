"""What to type where somebody names data in the place of a scenario. Light: no pydantic."""

from __future__ import annotations

import os
from pathlib import Path

from objtui.datafiles.recognition import UserData, logit_name, recognised, target_name
from objtui.datafiles.table import PROBABILITY_NAMES
from objtui.scenario.proposals.proposal import stem_for
from objtui.text.commands import shell_join

_KINDS = {
    "yolo": "images with YOLO labels",
    "coco": "images with COCO boxes",
    "table": "a table of features",
    "logits": "a table of logits and targets",
}


def data_hint(path: Path, given: Path) -> str | None:
    """Why data are no scenario, and the commands that make one of them; None where they are none.

    `given` is the path as it was typed, which the commands repeat.
    """
    user_data = recognised(path)
    if user_data is None:
        return None
    if user_data.kind == "images":
        return (
            f"{given} is a folder of images and no scenario, and holds no boxes that are known: "
            "expected YOLO labels (a .txt beside each image, or in labels beside images) or a "
            "COCO .json; then: " + _new_command(user_data, given)
        )
    commands = [f"make one of it with: {_new_command(user_data, given)}"]
    if user_data.kind == "logits":
        commands.insert(0, f"see them as they are with: {measure_command(user_data, given)}")
    return f"{given} is {_KINDS[user_data.kind]} and no scenario; {'; or '.join(commands)}"


def measure_command(user_data: UserData, given: Path | None = None) -> str:
    """The command that measures a file of logits."""
    logits, targets = logit_name(user_data.names), target_name(user_data.names)
    words = ["objtui", "measure", str(given or user_data.path)]
    if logits is not None and logits != "logits":
        words += ["--logits", logits]
        if logits.casefold() in PROBABILITY_NAMES:
            words.append("--probabilities")
    if targets is not None and targets != "targets":
        words += ["--targets", targets]
    return shell_join(words)


def _new_command(user_data: UserData, given: Path) -> str:
    """The command that writes a scenario for the data, under a name that is free here."""
    stem = stem_for(user_data)
    names = (f"{stem}{'' if number == 1 else f'-{number}'}.toml" for number in range(1, 1000))
    name = next((name for name in names if not os.path.lexists(name)), f"{stem}.toml")
    return shell_join(["objtui", "new", name, "--from", str(given)])
