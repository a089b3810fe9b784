"""What every way of writing out a run has in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TextIO

from objtui.measures.frames import Frame
from objtui.runfile.records import RunHeader, RunStatus
from objtui.runs.follow import Logged, RunEnd, RunEvent
from objtui.text.terminal import printable_line


class Report(Protocol):
    """Writes a run out while it goes."""

    def begin(self, header: RunHeader) -> None:
        """Write what is settled before the first step."""

    def frame(self, frame: Frame) -> None:
        """Take a frame."""

    def logged(self, numbers: Logged) -> None:
        """Take numbers of the user's own."""

    def progress(self, status: RunStatus) -> None:
        """Take how far the run is."""

    def end(self, end: RunEnd) -> None:
        """Write how the run ended."""


def write_lines(out: TextIO, *lines: str) -> None:
    """Write lines so that whoever reads along sees them at once."""
    out.write("".join(f"{printable_line(line)}\n" for line in lines))
    out.flush()


def write_report(report: Report, events: Iterable[RunEvent]) -> RunEnd | None:
    """Hand the events of a run to a report; its end, or None where they broke off."""
    for event in events:
        match event:
            case RunHeader():
                report.begin(event)
            case Frame():
                report.frame(event)
            case Logged():
                report.logged(event)
            case RunStatus():
                report.progress(event)
            case RunEnd():
                report.end(event)
                return event
    return None
