"""The run behind a dashboard: being started, or recorded; read at every look."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from objtui.claims.verdict import Verdict
from objtui.headless.follow import judge
from objtui.launch import Launched, Starting
from objtui.runfile.commands import send_command
from objtui.runfile.reader import RunReader
from objtui.runfile.writer import CommandName
from objtui.ui.judged_scores import JudgedScores
from objtui.ui.run_history import RunHistory

READ_S = 0.02
"""Longest time in one look: a long run is read in over several."""

FRAMES_AT_ONCE = 5

FOCAL_GAMMA = 2.0
"""What focal loss has where nothing else is said."""


@dataclass(slots=True)
class News:
    """What a look found: new frames, or only another status."""

    frames: bool = False
    status: bool = False


class RunSource:
    """Reads a run as it goes; nothing here blocks for long."""

    def __init__(self, source: Starting | Path) -> None:
        self._starting = source if isinstance(source, Starting) else None
        self.launched: Launched | None = None
        self.reader = RunReader(source) if isinstance(source, Path) else None
        self.history: RunHistory | None = None
        self.verdicts: tuple[Verdict, ...] = ()
        self.building = ""
        """How far the building of the data is, while the trainer starts."""
        self._row = 0
        self._judged_at: tuple[int, int] = (0, 0)
        self._judged_then: tuple[Verdict, ...] = ()
        self.behind = True
        """Whether frames are still to be read."""

    @property
    def starting(self) -> Starting | None:
        """The trainer that has no run yet."""
        return self._starting

    @property
    def ended(self) -> bool:
        """Whether no trainer works on the run any more."""
        return self.history is not None and self.history.ended

    @property
    def known(self) -> RunHistory:
        """The history of a run that has one, which every head on the screen has."""
        assert self.history is not None
        return self.history

    @cached_property
    def gammas(self) -> tuple[float, ...]:
        """By head, the exponent of focal loss, as the trainer was asked for it."""
        heads = self.known.header.heads
        try:
            asked = json.loads(self.reader.request())["scenario"]["heads"] if self.reader else []
            return tuple(float(head["gamma"]) for head in asked)
        except (KeyError, TypeError, ValueError):  # of a training loop of one's own
            return (FOCAL_GAMMA,) * len(heads)

    def look(self, read_s: float = READ_S) -> News:
        """Read what is new, for so many seconds at most.

        Raises ObjtuiError where the start or the file fails.
        """
        news = News()
        if self.reader is None:
            if self._starting is None:
                return news
            if not self._starting.is_decided():
                building = self._starting.building()
                news.status = building != self.building
                self.building = building
                return news
            starting, self._starting = self._starting, None
            self.launched = starting.finish()
            self.reader = RunReader(self.launched.path)
        if self.launched is not None:
            self.launched.process.poll()  # a trainer that died leaves the process table
        if self.ended and not self.behind:
            return news
        status = self.reader.status()
        if self.history is None:
            self.history = RunHistory(self.reader.header(), status, self.reader.frame)
            news.status = True
        news.status |= status != self.history.status
        self.history.status = status
        judged = self.history.judged
        news.frames = self._read_frames(self.reader, self.history, read_s)
        if self.history.judged > judged and self.history.header.claims:
            self.verdicts = judge(self.reader, JudgedScores(self.history))
        return news

    def verdicts_at(self, step: int | None) -> tuple[Verdict, ...]:
        """What the run says about its claims up to a step, or by all it has recorded."""
        if step is None or self.history is None or self.reader is None:
            return self.verdicts
        scores = JudgedScores(self.history, step)
        asked = (scores.count, self.history.taken)
        if asked != self._judged_at:
            self._judged_at = asked
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

    def _read_frames(self, reader: RunReader, history: RunHistory, read_s: float) -> bool:
        until = time.monotonic() + read_s
        found = False
        while True:
            stored = reader.frames_after(self._row, limit=FRAMES_AT_ONCE)
            for entry in stored:
                self._row = entry.row
                history.add(entry.frame, entry.row)
                found = True
            self.behind = len(stored) == FRAMES_AT_ONCE
            if not self.behind or time.monotonic() > until:
                return found
