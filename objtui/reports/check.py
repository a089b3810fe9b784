"""Runs that are checked: a line a claim, and what a claim that does not hold measured."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import Protocol, TextIO

from objtui.claims.verdict import Verdict
from objtui.measures.frames import Frame
from objtui.reports.jsonlines import claim_line, encode_line, end_line, error_line, run_line
from objtui.reports.report import Report, write_lines
from objtui.reports.style import Style
from objtui.reports.text import MAX_SILENCE_S, TONES, progress_line
from objtui.runfile.records import RunHeader, RunStatus
from objtui.runs.follow import Logged, RunEnd
from objtui.text.numbers import counted, duration
from objtui.text.terminal import printable, printable_record


class CheckReport(Report, Protocol):
    """Writes out what several runs, one after the other, say about their claims."""

    def error(self, message: str) -> None:
        """Take why a scenario could not be checked."""

    def summary(self) -> None:
        """Write what all runs came to."""


def is_judged(end: RunEnd) -> bool:
    """Whether a run says something about its claims: not where it was stopped on its way."""
    return end.status.state in ("finished", "diverged")


class CheckText:
    """Writes checks as text; `clock` gives seconds."""

    def __init__(
        self, out: TextIO, style: Style, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._out = out
        self._style = style
        self._clock = clock
        self._began = self._said_at = clock()
        self._header: RunHeader | None = None
        self._latest: Frame | None = None
        self._runs = 0
        self._verdicts: Counter[str] = Counter()
        self._errors = 0

    def begin(self, header: RunHeader) -> None:
        self._header, self._latest = printable_record(header), None
        self._said_at = self._clock()
        self._runs += 1
        question = f"  {printable(header.question)}" if header.question else ""
        run = self._style.paint(printable(header.run), "strong")
        write_lines(self._out, f"{run}{question}")

    def frame(self, frame: Frame) -> None:
        if frame.scheduled:
            self._latest = frame

    def logged(self, numbers: Logged) -> None:
        """Nothing: claims are about scores."""

    def progress(self, status: RunStatus) -> None:
        """A line after each minute; else the claims alone speak."""
        now = self._clock()
        if self._header is not None and now - self._said_at >= MAX_SILENCE_S:
            self._said_at = now
            write_lines(
                self._out, "  " + progress_line(self._header, status, self._latest, self._style)
            )

    def end(self, end: RunEnd) -> None:
        if not is_judged(end):
            status = end.status
            write_lines(
                self._out, f"  {status.state} at step {status.step}: its claims are not judged"
            )
            return
        if not end.verdicts:
            write_lines(self._out, "  no claims")
        for verdict in end.verdicts:
            self._verdicts[verdict.verdict] += 1
            write_lines(self._out, *(f"  {line}" for line in checked_lines(verdict, self._style)))

    def error(self, message: str) -> None:
        """Counted; the message itself is for stderr."""
        self._errors += 1

    def summary(self) -> None:
        counts = [
            self._style.paint(f"{count} {one if count == 1 else more}", TONES[one])
            for one, more in (("holds", "hold"), ("mixed", "mixed"), ("fails", "fail"))
            if (count := self._verdicts[one])
        ]
        if self._errors:
            counts.append(self._style.paint(counted(self._errors, "error"), "bad"))
        words = f"{counted(self._runs, 'run')}, {counted(self._verdicts.total(), 'claim')}"
        words += f" in {duration(self._clock() - self._began)}"
        write_lines(self._out, "", f"{words}: {', '.join(counts) or 'nothing was claimed'}")


class CheckJson:
    """Writes checks as JSON lines: those of the runs, without their frames."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, header: RunHeader) -> None:
        write_lines(self._out, encode_line(run_line(header)))

    def frame(self, frame: Frame) -> None:
        """Nothing: the run file has it."""

    def logged(self, numbers: Logged) -> None:
        """Nothing: the run file has them."""

    def progress(self, status: RunStatus) -> None:
        """Nothing."""

    def end(self, end: RunEnd) -> None:
        verdicts = end.verdicts if is_judged(end) else ()
        write_lines(self._out, *(encode_line(claim_line(verdict)) for verdict in verdicts))
        write_lines(self._out, encode_line(end_line(end)))

    def error(self, message: str) -> None:
        write_lines(self._out, encode_line(error_line(message)))

    def summary(self) -> None:
        """Nothing: every line has been said."""


def checked_lines(verdict: Verdict, style: Style) -> list[str]:
    """A claim with its verdict; where it does not hold, what was expected and what measured.

    How far the run had come is said where the claim asks for more.
    """
    label = style.paint(f"{verdict.label:10}", TONES[verdict.verdict])
    verdict = printable_record(verdict)
    line = f"{label}  {verdict.text}"
    under = []
    if verdict.verdict != "holds":
        measured = f"; measured {verdict.measured}" if verdict.measured else ""
        under.append(f"expected {verdict.test}{measured}")
    if verdict.note:
        under.append(verdict.note)
    return [line, *(f"{'':10}  {words}" for words in under)]
