"""Output to a terminal that went away, or takes nothing, which then holds up nobody."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import threading
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from objtui.ui.terminal.output import MAX_WAITING_BYTES, PIECE_BYTES, TerminalOutput

LONG_S = 30.0
"""When to give up on something that should come at once; no measure of anything."""


@dataclass
class Line:
    """Output, and the other end of its terminal."""

    far: int
    near: int
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.output = TerminalOutput(self.near, lambda: self.calls.append("taken again"))
        self.output.start()

    def read(self, size: int) -> bytes:
        """So many bytes of what was written."""
        data = b""
        while len(data) < size:
            data += os.read(self.far, size - len(data))
        return data


@pytest.fixture
def line() -> Iterator[Line]:
    far, near = pty.openpty()
    tty.setraw(near)
    made = Line(far, near)
    yield made
    with contextlib.suppress(OSError):  # the test has closed it
        os.close(far)
    made.output.stop(LONG_S)  # it may be writing still, and the number be another's soon
    os.close(near)


def test_what_is_written_comes_in_its_order(line: Line) -> None:
    texts = [f"{number}…\x1b[0m" * 50 for number in range(300)]
    for text in texts[:100]:
        line.output.write(text)
    whole = "".join(texts[:100]).encode()
    assert line.read(len(whole)) == whole
    assert line.output.is_taken(LONG_S)
    assert line.output.stop(LONG_S)
    assert line.calls == []


def test_a_terminal_that_takes_nothing_holds_up_nobody(
    line: Line, until: Callable[..., Any]
) -> None:
    def is_full() -> bool:
        line.output.begin_anew()
        line.output.write("x" * 10_000)
        return not select.select([], [line.near], [], 0)[1]

    until(is_full)
    for _ in range(100):
        line.output.write("x" * 10_000)  # returns, although nobody reads
    line.output.begin_anew()
    line.output.write("y" * PIECE_BYTES)  # for which there is no room
    assert not line.output.stop(0.05)


def test_what_was_dropped_is_told_once_the_terminal_takes_something_again(
    line: Line, until: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    comes, takes = threading.Event(), threading.Event()

    def write_slowly(self: TerminalOutput, piece: bytes) -> None:
        comes.set()
        assert takes.wait(LONG_S)
        write_out(self, piece)

    write_out = TerminalOutput._write_out
    monkeypatch.setattr(TerminalOutput, "_write_out", write_slowly)
    line.output.write("a" * (MAX_WAITING_BYTES - 1))
    assert comes.wait(LONG_S)
    line.output.write("b" * MAX_WAITING_BYTES)
    line.output.write("c")  # in the middle of nothing: dropped as well
    assert line.calls == []
    takes.set()
    assert line.read(PIECE_BYTES) == b"a" * PIECE_BYTES
    until(lambda: line.calls)
    line.output.begin_anew()
    line.output.write("d" * 10)
    assert line.read(10) == b"d" * 10
    assert line.output.is_taken(LONG_S)
    assert line.calls == ["taken again"]


def test_output_to_a_terminal_that_went_away_is_dropped(line: Line) -> None:
    os.close(line.far)
    with pytest.raises(OSError, match="Input/output"):
        os.write(line.near, b"what anything else would meet")
    for _ in range(2):
        line.output.write("x" * 100_000)
        assert line.output.is_taken(LONG_S)
    assert os.fstat(line.near).st_rdev == os.stat(os.devnull).st_rdev
    assert line.output.stop(LONG_S)
