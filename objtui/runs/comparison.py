"""The runs behind a dashboard: one, or several that are compared."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from objtui.claims.verdict import Verdict
from objtui.runs.differing import DifferingKey, differing_keys
from objtui.runs.history import HeadHistory, Moment, RunHistory
from objtui.runs.recorded import run_names
from objtui.runs.shared_claims import Claim, RunVerdict, by_run, joined_verdicts
from objtui.runs.side_by_side import SideBySide
from objtui.runs.source import READ_S, Changes, RunSource

Ints = npt.NDArray[np.int64]


class Comparison:
    """Runs that are read together; with one run, all is as that run has it."""

    def __init__(self, sources: Sequence[RunSource]) -> None:
        """`sources`: at least one; only a single one may still be starting.

        Raises UsageError where two are of the same run file.
        """
        self.sources = tuple(sources)
        self.labels = run_names([source.reader.path for source in sources if source.reader])
        self._merged: SideBySide | None = None
        self._differing: list[DifferingKey] | None = None
        self._moment: Moment | None = None
        self._moment_of: tuple[int | None, int] | None = None
        self._steps: Ints = np.empty(0, dtype=np.int64)
        self._steps_of = -1

    def poll(self) -> Changes:
        """Read what is new in every run; raises ObjtuiError where a start or a file fails."""
        of_runs = [source.poll(READ_S / len(self.sources)) for source in self.sources]
        restarted = any(changes.restarted for changes in of_runs)
        if restarted:
            self._merged = self._moment = self._moment_of = self._differing = None
            self._steps_of = -1
        histories = [source.history for source in self.sources if source.history is not None]
        if len(histories) == len(self.sources) > 1 and self._merged is None:
            self._merged = SideBySide(histories, self.labels)
        return Changes(
            frames=any(changes.frames for changes in of_runs),
            status=any(changes.status for changes in of_runs),
            restarted=restarted,
        )

    @property
    def several(self) -> bool:
        """Whether there is more than one run."""
        return len(self.sources) > 1

    @property
    def history(self) -> HeadHistory | None:
        """The heads of all runs; None before every run is known."""
        return self._merged if self.several else self.sources[0].history

    @property
    def histories(self) -> list[RunHistory]:
        """Every run that is known."""
        return [source.history for source in self.sources if source.history is not None]

    @property
    def side_by_side(self) -> SideBySide | None:
        """Several runs as one; None for a single one."""
        return self._merged

    @property
    def behind(self) -> bool:
        """Whether frames are still to be read."""
        return any(source.behind for source in self.sources)

    def read_losses(self, wanted: bool) -> None:
        """Read the training loss of every run too, or no more."""
        for source in self.sources:
            source.read_losses(wanted)

    @property
    def resumed(self) -> bool:
        """Whether somebody else has resumed a run since it ended here."""
        return any(source.resumed for source in self.sources)

    @property
    def same_data(self) -> bool:
        """Whether all runs have the same rows, so that their scores can be compared."""
        return len({source.facts.data for source in self.sources}) <= 1

    @property
    def differing(self) -> list[DifferingKey]:
        """What differs between several runs that are all known; empty for one."""
        if self._merged is None:
            return []
        if self._differing is None:
            self._differing = differing_keys([source.facts for source in self.sources])
        return self._differing

    @property
    def notices(self) -> tuple[str, ...]:
        """What the trainers thought worth knowing; of several runs once, under their labels."""
        if not self.several:
            return self.sources[0].notices
        labels: dict[str, list[str]] = {}
        for label, source in zip(self.labels, self.sources, strict=True):
            for notice in source.notices:
                labels.setdefault(notice, []).append(label)
        return tuple(f"{', '.join(runs)}: {notice}" for notice, runs in labels.items())

    @property
    def ended(self) -> bool:
        """Whether no trainer works on any run any more."""
        return all(source.ended for source in self.sources)

    @property
    def steps(self) -> Ints:
        """The recorded steps of all runs, each once, ascending."""
        taken = sum(history.taken for history in self.histories)
        if taken != self._steps_of:
            self._steps_of = taken
            recorded = [history.columns.steps for history in self.histories]
            self._steps = np.unique(np.concatenate(recorded)) if recorded else self._steps
        return self._steps

    def step_up_to(self, step: int) -> int | None:
        """The last recorded step up to this one, else the first; None where there is none."""
        steps = self.steps
        return int(steps[max(bisect_right(steps, step) - 1, 0)]) if len(steps) else None

    def moment_at(self, step: int | None) -> Moment | None:
        """The last moment of every run up to a step, or the latest; the same while it stays."""
        if not self.several:
            history = self.sources[0].history
            return None if history is None else history.moment_up_to(step)
        if self._merged is None:
            return None
        moment_of = (step, self._merged.taken)
        if moment_of != self._moment_of:
            self._moment_of, self._moment = moment_of, self._merged.moment_up_to(step)
        return self._moment

    def verdicts_at(self, step: int | None) -> tuple[Verdict, ...]:
        """What the runs say about their claims up to a step, or by all they have recorded."""
        if not self.several:
            return self.sources[0].verdicts_at(step)
        return joined_verdicts(self.verdicts_by_run(step))

    def verdicts_by_run(self, step: int | None) -> dict[Claim, tuple[RunVerdict, ...]]:
        """By claim, what each of several runs says about it up to a step; empty for one run."""
        if self._merged is None:
            return {}
        headers = [source.opened_history.header for source in self.sources]
        verdicts = [source.verdicts_at(step) for source in self.sources]
        return by_run(headers, self.labels, verdicts)

    def source_of(self, head: int) -> RunSource:
        """The run of a head."""
        return self.sources[self._merged.places[head][0] if self._merged else 0]

    def close(self) -> None:
        """Let go of the run files."""
        for source in self.sources:
            source.close()
