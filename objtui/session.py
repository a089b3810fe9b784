"""A prepared training: what the engine hands to whoever records it, without torch.

The engine prepares one from a scenario; a loop of one's own can be another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from objtui.measures.frames import Frame, LossTrace, Progress
from objtui.measures.pictures import PictureContent
from objtui.runfile.records import RowCounts, SamplePicture

ProgressListener = Callable[[str, float], None]
"""Is told what is being built and the share of it that is done, in [0, 1]."""


def no_listener(what: str, share: float) -> None:
    """Take no note of a progress."""


class Training(Protocol):
    """A training that is asked for its events one by one: `objtui.engine.training.Training`."""

    @property
    def step(self) -> int:
        """Optimiser steps taken."""

    @property
    def train_s(self) -> float:
        """Seconds spent in training steps."""

    @property
    def eval_s(self) -> float:
        """Seconds spent in evaluation."""

    @property
    def diverged(self) -> bool:
        """Whether every member has diverged."""

    @property
    def schedule(self) -> tuple[int, ...]:
        """Ascending steps of the scheduled frames."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know of how the steps from here on are taken, a line each."""

    def events(self) -> Iterator[Frame | LossTrace | Progress]:
        """Train; asking for the next event does the work up to it."""

    def checkpoint(self) -> bytes:
        """Everything needed to go on from here."""

    def restore(self, data: bytes) -> None:
        """Go on from what `checkpoint` gave; ValueError where it is not of this scenario."""


@runtime_checkable
class MeasuresEnd(Protocol):
    """A training of which more is measured where it ends than at any other step."""

    def measure_end(self) -> Frame | None:
        """The same where it is stopped, as a frame beside the schedule; None for no more."""


@dataclass(frozen=True, eq=False, slots=True)
class Session:
    """A training and what readers are told about it before its first step.

    Attributes:
        training: ready to run.
        steps: optimiser steps of the whole training.
        device, dtype: where and in which number format it trains.
        threads: of the processor, that it trains with.
        features: numbers of one row; 0 where rows are anchors of whole images.
        train_rows: its training rows.
        val_rows: its evaluation rows; None where they are the training rows.
        versions: of what may decide the last digits of a score, by name.
        data_digest: tells the content of the data files from any other; empty where there
            are none.
        notices: what a person should know of the data, a line each.
        pictures: whose detections frames keep; none where nothing is detected.
        contents: what each of these shows.
    """

    training: Training
    steps: int
    device: str
    dtype: str
    threads: int
    features: int
    train_rows: RowCounts
    val_rows: RowCounts | None
    versions: dict[str, str]
    data_digest: str
    notices: tuple[str, ...] = ()
    pictures: tuple[SamplePicture, ...] = ()
    contents: tuple[PictureContent, ...] = ()
