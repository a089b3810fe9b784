"""Following one run file to the end of its run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np

from objtui.claims.evaluate import ScoreSeries, evaluate_claims, evaluate_series
from objtui.claims.tokens import ClaimError
from objtui.claims.verdict import Verdict
from objtui.errors import RunFileError
from objtui.measures.frames import Frame
from objtui.runfile.reader import RunReader
from objtui.runfile.records import ENDED, RunHeader, RunStatus, RunSummary, State

POLL_S = 0.05

JUDGED: frozenset[State] = frozenset({"finished", "stopped", "diverged"})
"""Ends after which the claims are judged, by the frames up to there."""

FRAMES_AT_ONCE = 200
"""Frames read in one go, so that a long run does not fill the memory."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended.

    Attributes:
        status: its last status; `crashed` where the trainer is gone.
        summary: what it took; None where its trainer could not say.
        last: its last frame; None where there is none.
        diverged_at: by head, the step of the first scheduled frame in which a
            member of it had diverged; heads without one are absent.
        verdicts: one a claim; none after a failure or crash.
    """

    header: RunHeader
    status: RunStatus
    summary: RunSummary | None
    path: Path
    last: Frame | None
    diverged_at: dict[str, int]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Logged:
    """Numbers of the user's own that were logged at one step, by name."""

    step: int
    values: dict[str, float]


RunEvent = RunHeader | Frame | Logged | RunStatus | RunEnd


def wait_a_poll() -> None:
    """Wait until it is time to look at a run again."""
    time.sleep(POLL_S)


def follow(
    reader: RunReader,
    *,
    leave: Callable[[], bool] = lambda: False,
    pause: Callable[[], None] = wait_a_poll,
) -> Iterator[RunEvent]:
    """The header, then frames and statuses as they come, then the end.

    At every look come the frames since the last one and then one status, which
    was read before them. `leave` is asked at every look; when it says so, this ends
    without an end. `pause` comes behind every status. Survives the trainer's death. Raises
    RunFileError.
    """
    header = reader.header()
    yield header
    scores: list[Frame] = []
    last: Frame | None = None
    row = number_row = 0
    while not leave():
        status = reader.status()  # first: what it had written by then is read below
        while stored := reader.frames_after(row, limit=FRAMES_AT_ONCE):
            for entry in stored:
                row, frame = entry.row, entry.frame
                if frame.of_training and last is not None and not last.of_training:
                    continue  # a run that is evaluated is of those rows alone
                yield frame
                last = frame.with_earlier(last)
                if frame.scheduled or frame.of_training:
                    nothing = np.empty((0, 0, 0, 0), dtype=np.int64)
                    scores.append(replace(frame, counts=nothing, fit_counts=None))
        while numbers := reader.numbers_after(number_row, limit=FRAMES_AT_ONCE):
            number_row = numbers[-1].row
            for step, of_step in groupby(numbers, key=lambda number: number.step):
                yield Logged(step, {number.name: number.value for number in of_step})
        if status.state in ENDED:
            yield _end(reader, status, scores, last)
            return
        yield status
        pause()


def _end(reader: RunReader, status: RunStatus, scores: list[Frame], last: Frame | None) -> RunEnd:
    header = reader.header()
    diverged_at: dict[str, int] = {}
    for frame in scores:
        for head, flags in zip(header.heads, frame.diverged, strict=True):
            if flags.any():
                diverged_at.setdefault(head.name, frame.step)
    judged = status.state in JUDGED and scores
    return RunEnd(
        header=header,
        status=status,
        summary=reader.summary(),
        path=reader.path,
        last=last,
        diverged_at=diverged_at,
        verdicts=judge(reader, scores) if judged else (),
    )


def judge(reader: RunReader, scores: list[Frame] | ScoreSeries) -> tuple[Verdict, ...]:
    """The verdicts on a run's claims; RunFileError where one cannot be read."""
    header = reader.header()
    try:
        if isinstance(scores, list):
            return tuple(evaluate_claims(header, scores))
        return tuple(evaluate_series(header, scores))
    except ClaimError as error:
        raise RunFileError(
            f"{reader.path}: damaged: a claim cannot be read: {error.message}"
        ) from error
