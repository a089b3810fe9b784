"""A run as text for people: header, sparse progress, final table, verdicts."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TextIO

from objtui.claims.verdict import Verdict
from objtui.measures.frames import Frame
from objtui.measures.spread import spread
from objtui.reports.calibration import calibration_part
from objtui.reports.comparing import heads_compared
from objtui.reports.report import write_lines
from objtui.reports.style import Style, Tone, number
from objtui.reports.table import score_table
from objtui.runfile.liveness import STALE_S
from objtui.runfile.records import ENDED, RowCounts, RunHeader, RunStatus
from objtui.runs.follow import Logged, RunEnd
from objtui.scenario.bundled import shown_scenario
from objtui.text.numbers import counted, duration, grouped
from objtui.text.terminal import printable, printable_record

MIN_SILENCE_S = 1.0
"""No two progress lines come closer than this, but for the last."""

MAX_SILENCE_S = 60.0
"""A progress line comes after so long at the latest."""

SHARE = 0.05
"""A progress line comes at each such share of the steps."""

TONES: dict[str, Tone] = {"holds": "good", "fails": "bad", "mixed": "unsure"}
"""How a verdict is shown."""


class TextReport:
    """Writes a run as text; `clock` gives seconds."""

    def __init__(
        self, out: TextIO, style: Style, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._out = out
        self._style = style
        self._clock = clock
        self._header: RunHeader | None = None
        self._latest: Frame | None = None
        self._said_at: float | None = None
        self._said_share = 0
        self._said_step = -1
        self._heartbeat_at = 0.0
        self._heard_at = 0.0

    def begin(self, header: RunHeader) -> None:
        self._header = header
        self._said_at = None
        self._said_step = -1
        write_lines(self._out, *header_lines(header, self._style))

    def frame(self, frame: Frame) -> None:
        if frame.scheduled:
            self._latest = frame

    def logged(self, numbers: Logged) -> None:
        """Nothing: a person looks at them as curves."""

    def progress(self, status: RunStatus) -> None:
        if self._header is None or self._header.measured:
            return
        share = int(status.step / (self._header.steps or math.inf) / SHARE)
        now = self._clock()
        if status.heartbeat_at != self._heartbeat_at:
            self._heartbeat_at, self._heard_at = status.heartbeat_at, now
        if self._said_at is None:
            due = self._latest is not None or status.state == "paused"
        else:
            silent_s = now - self._said_at
            due = silent_s >= MAX_SILENCE_S or (
                silent_s >= MIN_SILENCE_S and share > self._said_share
            )
        if due:
            self._said_at, self._said_share = now, share
            self._say_progress(self._header, status)

    def _say_progress(self, header: RunHeader, status: RunStatus) -> None:
        self._said_step = reached(status, self._latest)
        silent_s = self._clock() - self._heard_at
        line = progress_line(header, status, self._latest, self._style, silent_s)
        write_lines(self._out, line)

    def end(self, end: RunEnd) -> None:
        header, style = end.header, self._style
        latest = None if header.measured else self._latest
        if latest is not None and reached(end.status, latest) != self._said_step:
            self._say_progress(header, end.status)
        lines = _ending(end, style)
        if not header.measured:  # then progress stands above
            lines = ["", *lines]
        if end.last is not None:
            lines += ["", *score_table(header, end.last, end.diverged_at, style)]
            lines += calibration_part(header, end.last, end.diverged_at, style)
            compared = heads_compared(header, end.last, style)
            lines += ["", *compared] if compared else []
            if end.last.of_training:
                lines.append("of one training batch: no evaluation was recorded")
        if end.verdicts:
            lines += ["", *(line for entry in end.verdicts for line in verdict_lines(entry, style))]
        write_lines(self._out, *lines, "", f"run file  {printable(str(end.path))}")


def header_lines(header: RunHeader, style: Style) -> list[str]:
    """What is settled before the first step."""
    header = printable_record(header)
    seeds = ", ".join(map(str, header.seeds))
    heads = ", ".join(
        head.name if head.name == head.loss else f"{head.name} ({head.loss})"
        for head in header.heads
    )
    lines = [style.paint(header.title, "strong")]
    if header.question:
        lines.append(header.question)
    steps = "unknown" if header.steps is None else grouped(header.steps)
    if header.recorded:
        rule = [f"positive  {header.positive}"] if header.positive else []
        return [
            *lines,
            "",
            f"run       {header.run}",
            f"recorded  {', '.join(filter(None, (header.scenario, header.device, header.dtype)))}",
            f"heads     {heads}",
            *rule,
            f"steps     {steps}",
            "",
        ]
    if header.measured:
        up_to = [f"steps     up to {steps}"] if header.steps != 1 else []
        return [
            *lines,
            "",
            f"run       {header.run}",
            f"measured  {header.scenario}, {header.dtype}",
            f"rows      {'unknown' if header.evaluated is None else _rows(header.evaluated)}",
            f"heads     {', '.join(head.name for head in header.heads)}",
            *up_to,
            "",
        ]
    train = "unknown" if header.train is None else _rows(header.train)
    features = f", {counted(header.features, 'feature')}" if header.features else ""
    validation = "the training rows" if header.val is None else _rows(header.val)
    return [
        *lines,
        "",
        f"run       {header.run}",
        f"scenario  {shown_scenario(header.scenario)}",
        f"device    {header.device}, {header.dtype}, {counted(header.threads, 'thread')}",
        f"train     {train}{features}",
        f"val       {validation}",
        f"heads     {heads}",
        f"seeds     {seeds}",
        f"steps     {steps}",
        *([f"note      {header.note}"] if header.note else []),
        "",
    ]


def reached(status: RunStatus, frame: Frame | None) -> int:
    """The step that a run has come to: a status is read before the frames, which may be further."""
    return status.step if frame is None else max(status.step, frame.step)


def progress_line(
    header: RunHeader, status: RunStatus, frame: Frame | None, style: Style, silent_s: float = 0.0
) -> str:
    """How far the run is, and the heads' log loss in its latest frame, if the run has it.

    `silent_s`: since the trainer last wrote; its last speed is then not that of now.
    """
    step = reached(status, frame)
    words = [f"step {grouped(step)}"]
    if header.steps is not None:
        steps = grouped(header.steps)
        words = [
            f"step {grouped(step):>{len(steps)}}/{steps}",
            f"{100 * step / header.steps:3.0f} %",
        ]
    words.append(duration(status.elapsed_s))
    if status.state == "paused":
        words.append("paused")
    elif silent_s > STALE_S and status.state not in ENDED:
        words.append(f"silent for {duration(silent_s)}")
    elif status.steps_per_s > 0:
        words.append(f"{grouped(status.steps_per_s)} steps/s")
        if header.steps is not None:
            words.append(f"{duration((header.steps - step) / status.steps_per_s)} left")
    if frame is not None and "nll" in frame.score_names:
        nll = frame.score("nll")  # (heads, seeds)
        scores = [
            f"{head.name} {number(spread(row).mean, style)}"
            for head, row in zip(header.heads, nll, strict=True)
        ]
        words.append("nll " + " ".join(scores))
    return "  ".join(words)


def verdict_lines(verdict: Verdict, style: Style) -> list[str]:
    """A claim with its verdict, and what its test measured."""
    label = style.paint(f"{verdict.label:10}", TONES[verdict.verdict])
    verdict = printable_record(verdict)
    under = (verdict.test, verdict.measured, verdict.note)
    return [f"{label}  {verdict.text}", *(f"{'':10}  {line}" for line in under if line)]


def _ending(end: RunEnd, style: Style) -> list[str]:
    state = end.status.state
    tone: Tone = {"finished": "good", "stopped": "unsure"}.get(state, "bad")  # type: ignore[assignment]
    words = f"{style.paint(state, tone)} after {counted(end.status.step, 'step')}"
    summary = end.summary
    if end.header.measured:
        words = style.paint("measured", tone)
        if summary is not None:
            words += f" in {summary.wall_s:.1f} s"
    elif summary is not None:
        words += (
            f" in {duration(summary.wall_s)}: start {summary.start_s:.1f} s, "
            f"training {summary.train_s:.1f} s, evaluation {summary.eval_s:.1f} s; "
            f"{grouped(summary.steps_per_s)} steps/s"
        )
    return [words, printable(end.status.message)] if end.status.message else [words]


def _rows(counts: RowCounts) -> str:
    share = f" ({100 * counts.positives / counts.rows:.3g} %)" if counts.rows else ""
    return f"{counted(counts.rows, 'row')}, {grouped(counts.positives)} positive{share}"
