"""The run behind a dashboard: being started, or recorded; read at every poll."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from objtui.claims.verdict import Verdict
from objtui.errors import RunFileError
from objtui.losses import LOSSES, Formula
from objtui.measures.frames import Scores
from objtui.options import sound_values, with_options
from objtui.runfile.commands import CommandName, send_command
from objtui.runfile.notices import notices_in
from objtui.runfile.processes import this_host
from objtui.runfile.reader import RunReader
from objtui.runfile.records import ENDED, RunHeader, RunStatus
from objtui.runfile.unpacking import parse_json
from objtui.runs.differing import RunFacts
from objtui.runs.follow import judge
from objtui.runs.history import RunHistory
from objtui.trainer.launch import StartedRun, StartingTrainer

READ_S = 0.02
"""Longest time of one poll: a long run is read in over several."""

FRAMES_AT_ONCE = 5
LOSSES_AT_ONCE = 100
NUMBERS_AT_ONCE = 500

ASK_AGAIN_S = 1.0
"""How often an ended run is asked whether somebody has resumed it."""


@dataclass(slots=True)
class Changes:
    """What a poll has read.

    Attributes:
        frames: new frames, or training losses that are asked for.
        status: another status.
        restarted: the run is read from its start again, since somebody has resumed it.
    """

    frames: bool = False
    status: bool = False
    restarted: bool = False


class RunSource:
    """Reads a run as it goes; nothing here blocks for long."""

    def __init__(self, path: Path | None = None, *, trainer: StartingTrainer | None = None) -> None:
        """`path`: of a run file; without one `trainer` is on its way to a run."""
        self._starting = trainer
        self.launched: StartedRun | None = None
        self.reader = None if path is None else RunReader(path)
        self.history: RunHistory | None = None
        self.verdicts: tuple[Verdict, ...] = ()
        self.notices: tuple[str, ...] = ()
        """What its trainers thought worth knowing, once the run is known."""
        self.building = ""
        """How far the building of the data is, while the trainer starts."""
        self.resumed = False
        """Whether somebody else has resumed the run since it ended here."""
        self._heartbeat = (0.0, 0.0)  # the latest, by the trainer's clock and by ours
        self._row = self._loss_row = self._number_row = 0
        self._reads_losses = False
        self._ask_at = 0.0
        self._judged_at: tuple[int, int] = (0, 0)
        self._judged_then: tuple[Verdict, ...] = ()
        self._frames_behind = self._losses_behind = self._numbers_behind = True

    @property
    def starting(self) -> StartingTrainer | None:
        """The trainer that has no run yet."""
        return self._starting

    @property
    def ended(self) -> bool:
        """Whether no trainer works on the run any more."""
        return self.history is not None and self.history.ended

    @property
    def behind(self) -> bool:
        """Whether something that is asked for is still to be read."""
        losses_behind = self._reads_losses and self._losses_behind
        return self._frames_behind or self._numbers_behind or losses_behind

    def read_losses(self, wanted: bool) -> None:
        """Read the training loss too, from the next poll on, or no more."""
        self._losses_behind |= wanted and not self._reads_losses
        self._reads_losses = wanted

    @property
    def opened_history(self) -> RunHistory:
        """The history of a run that has one, which every head on the screen has."""
        assert self.history is not None
        return self.history

    def trainer_time(self) -> float:
        """Now, in seconds since the epoch by the clock of the trainer, once the run is known.

        That of another machine may differ from ours by any amount: it shows the time of its
        latest heartbeat, and what has gone by here since that was first read.
        """
        heartbeat_at, read_at = self._heartbeat
        if self.opened_history.status.host == this_host():
            return time.time()
        return heartbeat_at + time.monotonic() - read_at

    @cached_property
    def request(self) -> str:
        """What the trainer was asked for, as JSON; raises RunFileError where it cannot be read."""
        return "" if self.reader is None else self.reader.request()

    @cached_property
    def formulas(self) -> tuple[Formula | None, ...]:
        """By head, the formula of its loss, as the trainer was asked for it.

        None where the loss is not one of ours.
        """
        losses = [LOSSES.get(head.loss) for head in self.opened_history.header.heads]
        try:
            heads = parse_json(self.request)["scenario"]["heads"]
            options = [dict(head) for head in heads]
        except (KeyError, RunFileError, TypeError, ValueError):  # of a training loop of one's own
            options = []  # all as by default
        options += [{}] * (len(losses) - len(options))
        share = self._positive_share
        return tuple(
            None
            if loss is None
            else with_options(loss.formula, sound_values(loss.formula, given)).with_share(share)
            for loss, given in zip(losses, options, strict=False)
        )

    @property
    def _positive_share(self) -> float:
        """Of the training rows; one half where it tells nothing of both classes."""
        rows = self.opened_history.header.train
        return rows.positives / rows.rows if rows and 0 < rows.positives < rows.rows else 0.5

    @cached_property
    def facts(self) -> RunFacts:
        """What the run was made of, once it is known."""
        return RunFacts.of(self.opened_history.header, self.reader)

    def read_in(self) -> None:
        """Read all that a recorded run has by now; raises RunFileError."""
        while self.history is None or self.behind:
            self.poll()

    def poll(self, read_s: float = READ_S) -> Changes:
        """Read what is new, for so many seconds at most.

        Raises ObjtuiError where the start or the file fails.
        """
        changes = Changes()
        if self.reader is None:
            if self._starting is None:
                return changes
            if not self._starting.is_decided():
                building = self._starting.building
                changes.status = building != self.building
                self.building = building
                return changes
            starting, self._starting = self._starting, None
            self.launched = starting.finish()
            self.reader = RunReader(self.launched.path)
        if self.launched is not None:
            self.launched.process.poll()  # a trainer that died leaves the process table
        if self.ended and not self.behind and not self._asks_again():
            return changes
        try:
            status = self.reader.status()
        except RunFileError:
            if not self.ended or self._frames_behind:
                raise
            self._losses_behind = self._numbers_behind = False
            return changes  # gone or locked by now: what has been read of it still stands
        if self.history is not None and _is_resumed(self.history.status, status):
            changes.restarted = self._restart(self.reader.path, self.history.header)
            if not changes.restarted:
                return changes
        if self.history is None:
            self.history = RunHistory(
                self.reader.header(), status, self.reader.frame, self.reader.pictures()
            )
            self.notices = notices_in(self.reader.log())
            changes.status = True
        if status.heartbeat_at != self._heartbeat[0]:
            self._heartbeat = (status.heartbeat_at, time.monotonic())
        changes.status |= status != self.history.status
        self.history.status = status
        judged = self.history.judged
        until = time.monotonic() + read_s
        changes.frames = self._read_frames(self.reader, self.history, until)
        changes.frames |= self._read_numbers(self.reader, self.history, until)
        if self._reads_losses:
            changes.frames |= self._read_losses(self.reader, self.history, until)
        if self.history.judged > judged and self.history.header.claims:
            self.verdicts = judge(self.reader, JudgedScores(self.history))
        return changes

    def verdicts_at(self, step: int | None) -> tuple[Verdict, ...]:
        """What the run says about its claims up to a step, or by all it has recorded."""
        if step is None or self.history is None or self.reader is None:
            return self.verdicts
        scores = JudgedScores(self.history, step)
        frames = (scores.count, self.history.taken)
        if frames != self._judged_at:
            self._judged_at = frames
            self._judged_then = judge(self.reader, scores) if scores.count else ()
        return self._judged_then

    def send(self, command: CommandName) -> None:
        """Lay a command into the run; raises RunFileError where that cannot be."""
        if self.reader is not None and not self.ended:
            send_command(self.reader.path, command)

    def close(self) -> None:
        """Let go of the run file."""
        if self.reader is not None:
            self.reader.close()

    def _asks_again(self) -> bool:
        """Whether an ended run is to be looked at once more: it may have been resumed."""
        now = time.monotonic()
        due = now >= self._ask_at
        if due:
            self._ask_at = now + ASK_AGAIN_S
        return due

    def _restart(self, path: Path, header: RunHeader) -> bool:
        """Forget what was read: a resumed run has lost what came after its checkpoint.

        False where there is another run by now, by the name of one that was removed.
        """
        reader = RunReader(path)
        if reader.header().created_at != header.created_at:
            reader.close()
            return False
        self.close()
        self.reader = reader
        self.history, self.launched = None, None
        for kept in ("request", "facts"):  # it may have been given more steps
            self.__dict__.pop(kept, None)
        self.verdicts = self._judged_then = ()
        self._judged_at = (0, 0)
        self._row = self._loss_row = self._number_row = 0
        self._frames_behind = self._losses_behind = self._numbers_behind = True
        self.resumed = True
        return True

    def _read_frames(self, reader: RunReader, history: RunHistory, until: float) -> bool:
        has_read = False
        while True:
            stored = reader.frames_after(self._row, limit=FRAMES_AT_ONCE)
            for entry in stored:
                self._row = entry.row
                history.add(entry.frame, entry.row)
                has_read = True
            self._frames_behind = len(stored) == FRAMES_AT_ONCE
            if not self._frames_behind or time.monotonic() > until:
                return has_read

    def _read_numbers(self, reader: RunReader, history: RunHistory, until: float) -> bool:
        """The user's own numbers, which a recorded run alone has."""
        if not history.header.recorded:
            self._numbers_behind = False
            return False
        has_read = False
        while True:
            stored = reader.numbers_after(self._number_row, limit=NUMBERS_AT_ONCE)
            for entry in stored:
                self._number_row = entry.row
                history.numbers.add(entry.step, entry.name, entry.value)
                has_read = True
            self._numbers_behind = len(stored) == NUMBERS_AT_ONCE
            if not self._numbers_behind or time.monotonic() > until:
                return has_read

    def _read_losses(self, reader: RunReader, history: RunHistory, until: float) -> bool:
        has_read = False
        while True:
            stored = reader.loss_traces_after(self._loss_row, limit=LOSSES_AT_ONCE)
            for entry in stored:
                self._loss_row = entry.row
                history.losses.add(entry.trace)
                has_read = True
            self._losses_behind = len(stored) == LOSSES_AT_ONCE
            if not self._losses_behind or time.monotonic() > until:
                return has_read


def _is_resumed(before: RunStatus, status: RunStatus) -> bool:
    """Whether another trainer has taken a run up, or the one that seemed gone is back."""
    is_back = before.state in ENDED and status.state not in ENDED
    return is_back or status.started_at != before.started_at


class JudgedScores:
    """Scores over the scheduled frames of a run, up to a step or all of them."""

    def __init__(self, history: RunHistory, step: int | None = None) -> None:
        self._columns = history.columns
        judged = self._columns.scheduled
        if step is not None:
            judged = judged & (self._columns.steps <= step)
        self._at = np.flatnonzero(judged)
        self.seeds = len(history.header.seeds)

    @property
    def count(self) -> int:
        """Number of frames."""
        return len(self._at)

    @property
    def steps(self) -> Scores:
        """Their steps: (frames,)."""
        return self._columns.steps[self._at].astype(np.float64)

    def score(self, head: int, name: str) -> Scores:
        """A score of the head at a position: (frames, seeds)."""
        values: Scores = self._columns.score(name)[self._at, head]
        return values
