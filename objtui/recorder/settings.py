"""What a recorder was asked for, checked before anything is written."""

from __future__ import annotations

import json
import operator
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, SupportsIndex

from objtui.errors import RunFileError, UsageError, brief
from objtui.losses import log_loss
from objtui.measures.bounds import MAX_COUNT, is_count
from objtui.measures.sums import Positive
from objtui.recorder.thread import files_in_use
from objtui.runfile.find import find_run
from objtui.runfile.names import check_name, stem_of
from objtui.runfile.processes import host_name
from objtui.runfile.reader import RunReader
from objtui.runfile.records import (
    ENDED,
    HEAD_NAME,
    MAX_HEAD_NAME,
    MAX_TEXT,
    HeadInfo,
    is_head_name,
    is_text,
)

MAX_HEADS = 64

MAX_CONFIG = 2**24
"""Letters of the user's settings as JSON."""

Merge = Literal["rank0", "all_reduce"]
"""Whose evaluation a run has: "rank0", that of rank 0; "all_reduce", those of all ranks."""

OFF_WORDS = frozenset({"0", "off", "false", "no"})
"""What OBJTUI_RECORD says where nothing is to be recorded."""


@dataclass(frozen=True, slots=True)
class RecordedHead:
    """A head of a training loop of one's own.

    Attributes:
        name: a letter, then letters, digits and "_".
        loss: what it is trained on; its scores `loss` and `grad_…` are those of the log loss.
        neurons: 1, or 2 where its logits are (…, 2: background, object).
    """

    name: str
    loss: str = log_loss(neurons=1)
    neurons: int = 1

    def __post_init__(self) -> None:
        if not (isinstance(self.name, str) and is_head_name(self.name)):
            raise UsageError(
                f"{self.name!r} cannot name a head: use up to {MAX_HEAD_NAME} letters, digits and "
                f"'_', with a letter first ({HEAD_NAME})"
            )
        if self.neurons not in (1, 2):
            raise UsageError(f"the head {self.name} has {self.neurons} neurons; it may have 1 or 2")


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a recorder is; what goes to another process, or into a pickle, is this alone.

    Attributes:
        stem: the start of the run's name.
        folder: of runs.
        steps: planned; None where nobody knows.
        config: the user's own settings, as values that JSON has; kept beside the run.
        resume: the run file to go on with.
        live_s, share: no more than one training batch is counted in so many seconds, nor for
            longer than this share of the time.
        strict: whether every failure raises, for tests.
    """

    stem: str
    folder: Path
    heads: tuple[RecordedHead, ...]
    steps: int | None
    title: str
    question: str
    config: dict[str, object]
    resume: Path | None
    positive: Positive
    merge: Merge
    live_s: float
    share: float
    enabled: bool
    strict: bool

    @property
    def head_names(self) -> list[str]:
        """Names of the heads, in their order."""
        return [head.name for head in self.heads]

    @property
    def head_infos(self) -> tuple[HeadInfo, ...]:
        """The heads as a run's header has them."""
        first = self.heads[0].name
        return tuple(HeadInfo(head.name, head.loss, head.neurons, first) for head in self.heads)

    def place_of(self, head: str | None) -> int:
        """The position of a head; None stands for the only one. ValueError where there is none."""
        names = self.head_names
        if head is None:
            if len(names) > 1:
                raise ValueError(f"say which head: head= one of {', '.join(names)}")
            return 0
        if head not in names:
            raise ValueError(f"there is no head {head!r}; the recorder has {', '.join(names)}")
        return names.index(head)


def checked_settings(
    name: str | None,
    *,
    heads: Sequence[str | RecordedHead],
    steps: int | None,
    runs: str | os.PathLike[str] | None,
    title: str,
    question: str,
    config: Mapping[str, object] | None,
    resume: str | os.PathLike[str] | None,
    positive: Positive,
    merge: Merge,
    live_s: float,
    share: float,
    enabled: bool | None,
    strict: bool,
) -> Settings:
    """The settings; UsageError where one of them cannot be, RunFileError for the folder."""
    for key, value in (("name", name or ""), ("title", title), ("question", question)):
        if not is_text(value):
            raise UsageError(f"{key} is {value!r:.80}: give a text of at most {MAX_TEXT} letters")
    stem = stem_of(sys.argv[0] or "run") if name is None else name
    check_name(f"{stem}-1")
    if isinstance(heads, str):
        heads = (heads,)
    own = tuple(head if isinstance(head, RecordedHead) else RecordedHead(head) for head in heads)
    if not 1 <= len({head.name for head in own}) == len(own) <= MAX_HEADS:
        raise UsageError(f"a recorder has 1 to {MAX_HEADS} heads, each with a name of its own")
    if steps is not None and not _is_whole(steps):
        raise UsageError(
            f"steps is {steps!r:.80}: give a whole number from 1 to {MAX_COUNT}, or None"
        )
    if positive not in ("half", "assigned"):
        raise UsageError(
            f'positive is {positive!r}: "half" is target >= 0.5, "assigned" target > 0'
        )
    if merge not in ("rank0", "all_reduce"):
        raise UsageError(
            f'merge is {merge!r}: "rank0" keeps what rank 0 counts, "all_reduce" adds all up'
        )
    if not (live_s >= 0 and 0 < share <= 1):
        raise UsageError("live_s is at least 0, and share above 0 and at most 1")
    if enabled is None:
        enabled = os.environ.get("OBJTUI_RECORD", "1").strip().lower() not in OFF_WORDS
    folder = Path(runs or os.environ.get("OBJTUI_RUNS") or "runs").absolute()
    run = None
    if enabled:
        _require_folder(folder)
        run = None if resume is None else _resumed(folder, os.fspath(resume), own)
    return Settings(
        stem=stem,
        folder=folder,
        heads=own,
        steps=None if steps is None else int(steps),
        title=title or stem,
        question=question,
        config=_kept_config(config),
        resume=run,
        positive=positive,
        merge=merge,
        live_s=float(live_s),
        share=float(share),
        enabled=enabled,
        strict=strict,
    )


def checked_step(step: SupportsIndex) -> int:
    """A step of the training loop; ValueError for one that no run can have, TypeError for none."""
    number = operator.index(step)
    if not is_count(number):
        raise ValueError(f"step is {number}: give a whole number from 0 to {MAX_COUNT}")
    return number


def _is_whole(steps: Any) -> bool:
    try:
        return not isinstance(steps, bool) and int(steps) == steps and is_count(int(steps), 1)
    except (OverflowError, TypeError, ValueError):
        return False


def _kept_config(config: Mapping[str, object] | None) -> dict[str, object]:
    """The user's settings as values that JSON has; UsageError where they are none."""
    try:
        text = json.dumps(dict(config or {}), default=str)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"config cannot be kept as JSON: {brief(error)}") from error
    if len(text) > MAX_CONFIG:
        raise UsageError(
            f"config is {len(text)} letters as JSON: give at most {MAX_CONFIG}, such as the paths "
            "of lists in their place"
        )
    kept: dict[str, object] = json.loads(text)
    return kept


def _require_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFileError(f"{folder}: cannot be made: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise RunFileError(f"{folder}: cannot be written; choose another folder with runs=")


def _resumed(folder: Path, run: str, heads: tuple[RecordedHead, ...]) -> Path:
    """The file of a run that can be gone on with; UsageError where it cannot."""
    path = find_run(folder, run)
    if path.absolute() in files_in_use:
        raise UsageError(f"the run {path.stem} is recorded by this process: finish that first")
    with RunReader(path) as reader:
        header, status = reader.header(), reader.sure_status()
    if not header.recorded:
        raise UsageError(f"the run {path.stem} was not recorded by objtui.Recorder")
    if status.state not in ENDED:
        raise UsageError(
            f"the run {path.stem} is {status.state} (process {status.pid} on "
            f"{host_name(status.host)})"
        )
    names = [head.name for head in header.heads]
    if names != [head.name for head in heads]:
        raise UsageError(f"the run {path.stem} has the heads {', '.join(names)}: give the same")
    return path.absolute()
