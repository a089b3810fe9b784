"""Signals to whatever has the terminal: it ends at once, says how to watch again, gives it back."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from objtui.runfile.reader import RunReader
from tests.ui.terminal_driver import OpenTerminal, is_given_back

if TYPE_CHECKING:
    from conftest import Trainers

Until = Callable[..., Any]

ENDING = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


def exit_codes(*signals: signal.Signals | None) -> set[int]:
    """What may be the exit code: of signals that come at once, any may be taken first."""
    return {ENDING[each] for each in signals if each is not None}


@pytest.mark.parametrize(
    "second",
    [None, *(pytest.param(each, marks=pytest.mark.thorough) for each in ENDING)],
    ids=lambda each: each.name if each else "once",
)
@pytest.mark.parametrize("number", ENDING, ids=lambda each: str(int(each)))
def test_a_signal_ends_watching_alone(
    number: signal.Signals,
    second: signal.Signals | None,
    terminal: OpenTerminal,
    trainers: Trainers,
) -> None:
    path = trainers.start().path
    opened = terminal("watch", str(path))
    before = opened.attributes()
    opened.wait_for("running", "bce ── AP")
    os.kill(opened.pid, number)
    if second is not None:
        os.kill(opened.pid, second)
    assert opened.exit_code() in exit_codes(number, second)
    assert is_given_back(opened)
    assert opened.attributes() == before
    assert f"goes on; watch it with: objtui watch {path.stem}" in opened.after_the_screen()
    trainers.goes_on(path)


@pytest.mark.parametrize(
    "keys",
    ["?", *(pytest.param(key, marks=pytest.mark.thorough) for key in ("l", "e", ":", "\x10"))],
)
def test_a_signal_ends_watching_from_every_screen(
    keys: str, terminal: OpenTerminal, trainers: Trainers
) -> None:
    opened = terminal("watch", str(trainers.start().path))
    opened.wait_for("running", "bce ── AP")
    opened.press(keys)
    opened.pause()
    os.kill(opened.pid, signal.SIGTERM)
    assert opened.exit_code() == 143
    assert is_given_back(opened)


def test_a_signal_ends_watching_of_several(terminal: OpenTerminal, trainers: Trainers) -> None:
    paths = [trainers.start().path for _ in range(2)]
    opened = terminal("watch", *map(str, paths))
    opened.wait_for("2 runs", "running", "bce")
    os.kill(opened.pid, signal.SIGTERM)
    assert opened.exit_code() == 143
    assert is_given_back(opened)
    assert "watch them with: objtui watch" in opened.after_the_screen()
    for path in paths:
        trainers.goes_on(path)


@pytest.mark.parametrize("number", ENDING, ids=lambda each: str(int(each)))
def test_a_signal_ends_the_picker(number: signal.Signals, terminal: OpenTerminal) -> None:
    opened = terminal()
    opened.wait_for("Choose a scenario", "recorded runs")
    os.kill(opened.pid, number)
    os.kill(opened.pid, signal.SIGTERM)
    assert opened.exit_code() in exit_codes(number, signal.SIGTERM)
    assert is_given_back(opened)


@pytest.mark.parametrize(("number", "code"), ENDING.items(), ids=lambda each: str(int(each)))
def test_a_second_signal_to_a_training_in_the_dashboard_is_harmless(
    number: signal.Signals, code: int, terminal: OpenTerminal, trainers: Trainers
) -> None:
    opened = terminal("run", "a.toml")
    opened.wait_for("running", "bce ── AP")
    os.kill(opened.pid, number)
    for _ in range(3):
        opened.pause()
        if opened.is_alive():
            os.kill(opened.pid, signal.SIGTERM)
    assert opened.exit_code() == code
    assert is_given_back(opened)
    with RunReader(trainers.runs / "a-1.objtui") as reader:
        assert reader.status().state == ("running" if number == signal.SIGHUP else "stopped")
