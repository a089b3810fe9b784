"""What a run file says about its run, as frozen records."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from objtui.measures.bounds import MAX_COUNT, is_count, is_seed, is_time

HEAD_NAME, MAX_HEAD_NAME = r"[A-Za-z][A-Za-z0-9_]*", 24
"""What a head may be called, as a regular expression, and its most letters.

The name is also that of a folder, an option and a column.
"""

MAX_NUMBER_NAME = 100
"""The most letters of the name of a number that a training loop logs."""

MAX_TEXT = 2**20
"""Characters of a text in a header or status."""

MAX_NOTE = 200
"""Characters of the note that a person keeps with a run."""

MAX_MEMBERS, MAX_CLAIMS, MAX_SCORES = 2**20, 10_000, 1_000

MAX_PICTURES = 4
"""Sample pictures of a run: the first that are evaluated."""

NO_DEVICE = "none"
"""The device of a run whose logits were given: nothing was trained."""

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
class SamplePicture:
    """A picture whose detections frames keep: its name, width and height in pixels."""

    name: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class RunHeader:
    """What is settled before the first step; of it only housekeeping changes `run` and `note`.

    `val` is None where the training rows are also the evaluation rows, `train` where
    there are none, as of given logits; one of them is there, but in a recorded run, where
    neither is known, and `steps` need not be. Claims are (text, test) pairs. Versions name
    what computed the run. `score_names` are those of its frames, in their order; they need
    not be the scores of this version.
    """

    run: str
    scenario: str
    title: str
    question: str
    device: str
    dtype: str
    threads: int
    steps: int | None
    seeds: tuple[int, ...]
    heads: tuple[HeadInfo, ...]
    train: RowCounts | None
    val: RowCounts | None
    features: int
    claims: tuple[tuple[str, str], ...]
    score_names: tuple[str, ...]
    versions: dict[str, str]
    created_at: float
    data_digest: str = ""
    """Of the content of the data files; empty where the data come from no file."""
    note: str = ""
    """What a person keeps with the run; empty where there is none."""
    recorded: bool = False
    """Whether a training loop of the user's own recorded it: `objtui.Recorder`."""
    positive: str = ""
    """Which rows count as positive, in words; empty where it is those with target ≥ 0.5."""
    pictures: tuple[SamplePicture, ...] = ()
    """Those of a detector's frames, in their order; none of other runs."""

    @property
    def measured(self) -> bool:
        """Whether given logits were scored and nothing was trained."""
        return self.device == NO_DEVICE

    @property
    def evaluated(self) -> RowCounts | None:
        """The rows that scores and histograms are of; None where only the frames tell."""
        return self.val or self.train

    def to_json(self) -> dict[str, Any]:
        """The header as values that JSON knows.

        It has a note and pictures only where there are some, which versions without them cannot
        read.
        """
        values = asdict(self)
        optional = "note", "pictures"
        return {key: value for key, value in values.items() if value or key not in optional}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> RunHeader:
        """The header that `to_json` wrote; KeyError, TypeError or ValueError where it is none."""
        if not isinstance(value, dict):
            raise ValueError("not a header")
        train, val = value["train"], value["val"]
        header = cls(
            **{
                **value,
                "seeds": tuple(value["seeds"]),
                "heads": tuple(HeadInfo(**head) for head in value["heads"]),
                "train": None if train is None else RowCounts(**train),
                "val": None if val is None else RowCounts(**val),
                "claims": tuple((text, test) for text, test in value["claims"]),
                "score_names": tuple(value["score_names"]),
                "pictures": tuple(SamplePicture(**each) for each in value.get("pictures", ())),
            }
        )
        check_header(header)
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
        pid, host: the trainer's process and machine (of `processes.this_host`);
            `pid_started` tells a process from a later one with the same number.
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
        times = (status.elapsed_s, status.heartbeat_at, status.pid_started, status.started_at)
        sound = (
            status.state in get_args(State)
            and all(map(is_count, (status.step, status.pid)))
            and is_seed(status.inode)
            and all(isinstance(time, float) and is_time(time) for time in times)
            and isinstance(status.steps_per_s, float)
            and 0 <= status.steps_per_s <= MAX_COUNT
            and all(map(is_text, (status.host, status.message)))
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
        if not is_count(summary.steps) or not all(
            isinstance(time, float) and is_time(time) for time in times
        ):
            raise ValueError("not a summary")
        return summary

    @property
    def steps_per_s(self) -> float:
        """Population steps over seconds in training steps; 0 before the first."""
        return self.steps / self.train_s if self.train_s > 0 else 0.0


def is_text(value: object) -> bool:
    """Whether a value is a text that can be shown."""
    return isinstance(value, str) and len(value) <= MAX_TEXT


def is_number_name(name: object) -> bool:
    """Whether a number that a training loop logs may be called so: it names a column."""
    return isinstance(name, str) and 0 < len(name) <= MAX_NUMBER_NAME and name.isprintable()


def is_head_name(name: str) -> bool:
    """Whether a head may be called so."""
    return len(name) <= MAX_HEAD_NAME and re.fullmatch(HEAD_NAME, name) is not None


def check_header(header: RunHeader) -> None:
    """ValueError where what readers count on is of another kind: the file may be damaged."""
    if not isinstance(header.versions, dict):
        raise ValueError("not a header: its versions are none")
    texts: list[object] = [header.run, header.scenario, header.title, header.question]
    texts += [header.device, header.dtype, header.data_digest, header.note, header.positive]
    texts += [*header.versions, *header.versions.values()]
    texts += [text for claim in header.claims for text in claim]
    texts += [picture.name for picture in header.pictures]
    counts: list[object] = [header.threads, header.features]
    counts += [side for picture in header.pictures for side in (picture.width, picture.height)]
    heads, seeds = len(header.heads), len(header.seeds)
    sound = (
        all(map(is_text, texts))
        and all(map(is_count, counts))
        and all(map(is_seed, header.seeds))
        and type(header.recorded) is bool
        and (is_count(header.steps, 1) or (header.recorded and header.steps is None))
        and is_time(header.created_at)
        and len(header.note) <= MAX_NOTE
        and seeds == len(set(header.seeds))
        and 1 <= heads * seeds <= MAX_MEMBERS
        and len(header.claims) <= MAX_CLAIMS
        and len(header.pictures) <= MAX_PICTURES
        and 1 <= len(set(header.score_names)) == len(header.score_names) <= MAX_SCORES
        and all(is_text(name) and name.isprintable() for name in header.score_names)
    )
    if not sound:
        raise ValueError("not a header")
    _check_heads(header.heads)
    if header.train is None and header.val is None and not header.recorded:
        raise ValueError("not a header: it has no rows")
    for rows in (header.train, header.val):
        if rows is not None and not (is_count(rows.rows) and is_count(rows.positives)):
            raise ValueError("not a header: its rows are none")


def _check_heads(heads: Sequence[HeadInfo]) -> None:
    """ValueError where heads are not named as those of a scenario: names become those of files."""
    names = [head.name for head in heads]
    for head in heads:
        if not (isinstance(head.name, str) and is_head_name(head.name)):
            raise ValueError("not a header: a head has no name of one")
        if head.reference not in names or not is_text(head.loss) or not is_count(head.neurons, 1):
            raise ValueError("not a header: a head is none")
    if len(set(names)) < len(names):
        raise ValueError("not a header: two heads have one name")
