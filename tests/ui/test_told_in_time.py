"""What a person is told without asking: notices of the data, and a trainer that is silent."""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING

import pytest

from objtui.runfile.reader import RunReader
from tests.ui.terminal_driver import OpenTerminal

if TYPE_CHECKING:
    from conftest import Trainers

NOTICE = "a notice of the data"
SILENCE = r"silent for \d+:\d\d"


@pytest.mark.parametrize("key", ["\x1b", "l"], ids=["escape", "log"])
def test_notices_are_in_sight_until_put_away_and_told_after_leaving(
    key: str, terminal: OpenTerminal, trainers: Trainers
) -> None:
    opened = terminal("watch", str(trainers.start("has a notice").path))
    opened.wait_for("running", NOTICE, "esc puts this away")
    opened.press(key)
    if key == "l":
        opened.wait_for("log of", NOTICE)
        opened.press("l")
    opened.wait_for("? help", gone=(NOTICE,))
    opened.pause()
    opened.press("q")
    assert opened.exit_code() == 0
    assert f"objtui: {NOTICE}\n" in opened.after_the_screen()


def test_the_first_line_says_for_how_long_a_trainer_is_silent(
    terminal: OpenTerminal, trainers: Trainers
) -> None:
    path = trainers.start().path
    with RunReader(path) as reader:
        trainer = reader.status().pid
    opened = terminal("watch", str(path))
    opened.wait_for("running", "steps/s")
    os.kill(trainer, signal.SIGSTOP)
    first = re.search(SILENCE, opened.wait_for("silent for"))
    assert first
    opened.wait_for("silent for", gone=(first[0],))  # it is counted on
    os.kill(trainer, signal.SIGCONT)
    opened.wait_for("left", gone=("silent",))
