"""Following several runs to the end of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from objtui.reports.report import Report, write_report
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunStatus
from objtui.runs.follow import RunEnd, RunEvent, follow


def follow_together(
    readers: Sequence[RunReader],
    reports: Sequence[Report],
    *,
    leave: Callable[[], bool] = lambda: False,
) -> list[RunEnd]:
    """Hand the events of every run to its report as they come; the ends there were.

    Each run has its turn at every look. Raises RunFileError.
    """
    ends: list[RunEnd] = []
    going = [
        (follow(reader, leave=leave), report)
        for reader, report in zip(readers, reports, strict=True)
    ]
    while going:
        still = []
        for events, report in going:
            end = write_report(report, _up_to_status(events))
            if end is not None:
                ends.append(end)
            elif not leave():
                still.append((events, report))
        going = still
    return ends


def follow_in_turn(
    readers: Sequence[RunReader],
    reports: Sequence[Report],
    *,
    leave: Callable[[], bool] = lambda: False,
    between: Callable[[], None] = lambda: None,
) -> list[RunEnd]:
    """As `follow_together`, but each run as a whole before the next."""
    ends: list[RunEnd] = []
    for at, (reader, report) in enumerate(zip(readers, reports, strict=True)):
        if leave():
            break
        if at:
            between()
        end = write_report(report, follow(reader, leave=leave))
        if end is not None:
            ends.append(end)
    return ends


def _up_to_status(events: Iterator[RunEvent]) -> Iterator[RunEvent]:
    """The events of one look, the last of which is a status or the end."""
    for event in events:
        yield event
        if isinstance(event, RunStatus):
            return
