"""What a run file says about its run, as frozen records."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

State = Literal[
    "starting", "running", "paused", "finished", "stopped", "failed", "crashed", "diverged"
]
"""The life of a run. `crashed` is never written: readers derive it from a trainer that is gone."""

ENDED: frozenset[State] = frozenset({"finished", "stopped", "failed", "crashed", "diverged"})
"""States in which no trainer works on the run."""


@dataclass(frozen=True, slots=True)
class HeadInfo:
    """A head as readers need it."""

    name: str
    loss: str
    neurons: int
    reference: str
    """The head that `gap` and `disagree` compare with; the head itself for the first."""


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Rows of a data set, and how many of them are positive."""

    rows: int
    positives: int


@dataclass(frozen=True, slots=True)
class RunHeader:
    """What is settled before the first step and never changes.

    `val` is None where the training rows are also the evaluation rows. Claims
    are (text, test) pairs. Versions name what computed the run. `score_names` are those of
    its frames, in their order; they need not be the scores of this version.
    """

    run: str
    scenario: str
    title: str
    question: str
    device: str
    dtype: str
    threads: int
    steps: int
    seeds: tuple[int, ...]
    heads: tuple[HeadInfo, ...]
    train: RowCounts
    val: RowCounts | None
    features: int
    claims: tuple[tuple[str, str], ...]
    score_names: tuple[str, ...]
    versions: dict[str, str]
    created_at: float
    data_digest: str = ""
    """Of the content of the data files; empty where the data come from no file."""

    def to_json(self) -> dict[str, Any]:
        """The header as values that JSON knows."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> RunHeader:
        """The header that `to_json` wrote; KeyError, TypeError or ValueError where it is none."""
        val = value["val"]
        header = cls(
            **{
                **value,
                "seeds": tuple(value["seeds"]),
                "heads": tuple(HeadInfo(**head) for head in value["heads"]),
                "train": RowCounts(**value["train"]),
                "val": None if val is None else RowCounts(**val),
                "claims": tuple((text, test) for text, test in value["claims"]),
                "score_names": tuple(value["score_names"]),
            }
        )
        _check_header(header)
        return header


@dataclass(frozen=True, slots=True)
class RunStatus:
    """Where a run is now, as its trainer last wrote it.

    Attributes:
        state: the state.
        step: optimiser steps taken.
        elapsed_s: seconds since the first training step began, pauses included.
        steps_per_s: recent speed in population steps.
        heartbeat_at: when the trainer last wrote, in seconds since the epoch.
        pid, host: the trainer's process and machine; `pid_started` tells a
            process from a later one with the same number.
        message: why it failed, in one line; empty otherwise.
        inode: of the file that the trainer writes, which tells it from a copy; 0
            where file systems do not keep such numbers.
        started_at: when the trainer began, in seconds since the epoch; of a resumed
            run the last one.
    """

    state: State
    step: int
    elapsed_s: float
    steps_per_s: float
    heartbeat_at: float
    pid: int
    pid_started: float
    host: str
    message: str = ""
    inode: int = 0
    started_at: float = 0.0

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> RunStatus:
        """The status by its columns in order; ValueError where they are not those of one."""
        status = cls(*row)
        numbers = (status.elapsed_s, status.steps_per_s, status.heartbeat_at, status.pid_started)
        whole = (status.step, status.pid, status.inode)
        sound = (
            status.state in get_args(State)
            and all(isinstance(number, int) and number >= 0 for number in whole)
            and isinstance(status.started_at, float)
            and all(isinstance(number, float) and math.isfinite(number) for number in numbers)
            and all(isinstance(text, str) for text in (status.host, status.message))
        )
        if not sound:
            raise ValueError("not a status")
        return status


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run took, in seconds and population steps; written at its end.

    Of a resumed run `start_s` is that of its last trainer, and `wall_s` the life of
    this one added to the training time up to the checkpoint that it began with.
    """

    steps: int
    wall_s: float
    start_s: float
    train_s: float
    eval_s: float

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> RunSummary:
        """The summary by its columns in order; ValueError where they are not those of one."""
        summary = cls(*row)
        times = (summary.wall_s, summary.start_s, summary.train_s, summary.eval_s)
        if not isinstance(summary.steps, int) or not all(
            isinstance(time, float) and math.isfinite(time) for time in times
        ):
            raise ValueError("not a summary")
        return summary

    @property
    def steps_per_s(self) -> float:
        """Population steps over seconds in training steps; 0 before the first."""
        return self.steps / self.train_s if self.train_s > 0 else 0.0


def _check_header(header: RunHeader) -> None:
    """ValueError where what readers count on is of another kind: the file may be damaged."""
    rows = [header.train, header.val or header.train]
    texts = [header.run, header.scenario, header.title, header.question, header.device]
    texts += [header.dtype, *header.score_names, *header.versions, *header.versions.values()]
    texts += [text for claim in header.claims for text in claim]
    texts += [text for head in header.heads for text in (head.name, head.loss, head.reference)]
    counts = [header.threads, header.steps, header.features, *header.seeds]
    counts += [head.neurons for head in header.heads]
    counts += [count for of in rows for count in (of.rows, of.positives)]
    sound = (
        bool(header.heads and header.seeds)
        and len(set(header.score_names)) == len(header.score_names)
        and all(isinstance(text, str) for text in texts)
        and all(isinstance(count, int) and count >= 0 for count in counts)
        and isinstance(header.created_at, (int, float))
        and math.isfinite(header.created_at)
    )
    if not sound:
        raise ValueError("not a header")
