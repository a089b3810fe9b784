"""Whatever bytes a terminal sends, on any screen: nothing fails, and no burst answers a question.

A burst is what comes in one go. The run is in training, so that leaving asks what becomes of it,
and only a key that comes later may answer. A longer form: OBJTUI_FUZZ=20 pytest
tests/faults/test_fuzz_terminal.py
"""

from __future__ import annotations

import os
from pathlib import Path
from random import Random
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from objtui.runfile.reader import RunReader
from objtui.ui.dashboard.app import DashboardApp
from objtui.ui.picker.app import PickerApp
from objtui.ui.screens.quit import QuitScreen
from objtui.ui.terminal.app import TerminalApp
from objtui.ui.terminal.keyboard import MAX_PASTE_BYTES, PASTE_SILENCE_S, Keyboard
from objtui.ui.theme import Theme
from tests.runs_for_tests import MakeRun, record_flat
from tests.ui.driving import drive, show

TIMES = int(os.environ.get("OBJTUI_FUZZ", "1"))
CASES = 20 * TIMES

SCREENS = {
    "dashboard": b"",
    "filter": b"/",
    "jump": b":",
    "export": b"e",
    "log": b"l",
    "help": b"?",
    "palette": b"\x10",
    "quit": b"q",
}
"""By screen, the key that opens it from the dashboard."""

SIZES = ((120, 40), (80, 24), (34, 9))

SEQUENCES = (
    b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1bOP", b"\x1b[5~", b"\x1b[6~", b"\x1b[Z",
    b"\x1b[<0;10;10M", b"\x1b[<0;10;10m", b"\x1b[<64;5;5M", b"\x1b[<35;60;20M", b"\x1b[M !!",
    b"\x1b[<2;1;1M", b"\x1b[<0;9999;9999M", b"\x1b[200~", b"\x1b[201~", b"\x1b[I", b"\x1b[O",
    b"\x1b[?62;22c", b"\x1b]11;rgb:0/0/0\x07", b"\x1bP>|x\x1b\\", b"\x1b[97;5u", b"\x1b[99;99;9u",
    b"\x1b[48;24;80;0;0t", b"\x1b[?2026;2$y", b"\x1b[1;2R", b"\x1b[[A", b"\x1b[3$", b"\x1b\x1b[A",
    b"\x1b",
)  # fmt: skip
WORDS = (
    b"q", b"s", b"l", b"\r", b"\n", b"\t", b"\x03", b"\x11", b"\x10", b"\x7f", b"\x15", b"?", b"/",
    b":", b"e", b"quit\r", b"stop\r", b"qs", b"ql", b"\x03\x03", b"e\r\r", b":9999\r", b"/x\r",
    "é日本\U0001f600".encode(), b"\x00", b" ", b"1234567890", b"hjkl", b"rhtcdfnpw<>+-[]",
    b"e~no/\r",
)  # fmt: skip


def a_burst(chance: Random) -> bytes:
    """Bytes that come together."""
    pieces = []
    for _ in range(chance.choice((1, 1, 2, 5, 10))):
        kind = chance.randrange(6)
        if kind == 0:
            pieces.append(chance.randbytes(chance.choice((1, 4, 40))).replace(b"\x1a", b""))
        elif kind == 1:
            pieces.append(chance.choice(WORDS))
        elif kind == 2:
            pieces.append(chance.choice(WORDS) * chance.choice((2, 9)))
        else:
            odd = bytearray(chance.choice(SEQUENCES))
            if kind == 3:
                at = chance.randrange(len(odd))
                odd[at : at + chance.choice((0, 1))] = chance.randbytes(1).replace(b"\x1a", b"")
            pieces.append(bytes(odd))
    if chance.random() < 0.02:
        pieces.append(b"\x1b[200~" + b"qs\r" * MAX_PASTE_BYTES)
    return b"".join(pieces)


class Typist:
    """Hands an application what its terminal would send, as its driver reads it."""

    def __init__(self, pilot: Pilot[Any], app: TerminalApp[Any]) -> None:
        self._pilot, self._app = pilot, app
        self._keyboard = Keyboard()
        self._now = 0.0

    async def send(self, burst: bytes) -> None:
        """Send bytes in one go, and then nothing for long."""
        self._now += 10 * PASTE_SILENCE_S
        messages = self._keyboard.feed(burst, self._now)
        messages += self._keyboard.tick(self._now + 2 * PASTE_SILENCE_S)
        assert not self._keyboard.waits
        for message in messages:
            if isinstance(message, events.Key):
                message.time = self._now
            assert self._app._driver is not None
            self._app._driver.process_message(message)
        await self._pilot.pause()
        assert self._app.failure is None, self._app.failure


@pytest.fixture
def running(new_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run in training, whose trainer is this process."""
    monkeypatch.chdir(tmp_path)
    return record_flat(new_run, state="running").path


@pytest.mark.parametrize("screen", SCREENS)
def test_no_burst_fails_nor_answers_what_it_asks(screen: str, running: Path) -> None:
    number, first = 0, list(SCREENS).index(screen) * CASES

    async def script(pilot: Pilot[Any], app: DashboardApp) -> None:
        nonlocal number
        typist = Typist(pilot, app)
        while number < CASES and app.return_value is None:
            await _back(typist, app)
            await typist.send(SCREENS[screen])
            chance = Random(first + number)
            is_asked = isinstance(app.screen, QuitScreen)
            burst = a_burst(chance)
            number += 1
            try:
                await typist.send(burst)
                assert is_asked or app.return_value is None, app.return_value
            except BaseException as error:
                error.add_note(f"case {first + number - 1}: {burst[:2000]!r}")
                raise

    sizes = 0
    while number < CASES:
        show(running, script, SIZES[sizes % len(SIZES)], trains=True)
        sizes += 1
    with RunReader(running) as reader:
        assert reader.status().state == "running"


async def _back(typist: Typist, app: DashboardApp) -> None:
    """Close what the last burst has opened."""
    for _ in range(20):
        if app.screen is app.dashboard:
            return
        await typist.send(b"\x1b")
    raise AssertionError(f"escape does not close {app.screen}")


def test_no_burst_fails_in_the_picker(running: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[data]\n[heads]\n")
    number = 0

    async def script(pilot: Pilot[Any], app: PickerApp) -> None:
        nonlocal number
        typist = Typist(pilot, app)
        await pilot.pause()
        while number < CASES and app.return_value is None and app.screen is app._picker:
            await typist.send(b"\x1b/" if number % 2 else b"\x1b")
            burst = a_burst(Random(-number))
            number += 1
            try:
                await typist.send(burst)
            except BaseException as error:
                error.add_note(f"case {number - 1}: {burst[:2000]!r}")
                raise

    while number < CASES:
        drive(PickerApp(tmp_path, running.parent, Theme()), script, SIZES[number % len(SIZES)])
