"""Runs as TensorBoard event files: one folder a run, head and seed, so that they overlay.

Scalars: `scores/NAME` at every frame, `diverged` (0 or 1), and `training_loss/minimum`,
`mean` and `maximum` at the last step of every recorded stretch; TensorBoard's scalars
are float32. Histograms: `logits/negative` and `logits/positive`, the recorded counts
between their recorded edges, from the first cell that holds rows to the last. Rows
beyond the outermost edges are counted at those edges, in a bucket of no width; those whose
logit is NaN are scalars `logits/negative_nan` and `logits/positive_nan`. A training loop's own
numbers are scalars `numbers/NAME` of the first head.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from objtui.errors import UsageError
from objtui.export.place import inside
from objtui.export.tables import CLASSES
from objtui.measures.frames import Frame, LossTrace
from objtui.measures.histogram import LOGIT_EDGES, Counts
from objtui.runs.recorded import RecordedRun

FILE_VERSION = "brain.Event:2"
"""What TensorBoard looks for at the start of an event file."""

_LEFT = np.concatenate([LOGIT_EDGES[:1], LOGIT_EDGES])
_RIGHT = np.concatenate([LOGIT_EDGES, LOGIT_EDGES[-1:]])


def write_event_folder(runs: Sequence[RecordedRun], place: Path) -> None:
    """Make the folder `place` with `RUN/HEAD/seed-N/events.out.tfevents.…`.

    Raises UsageError without the package tensorboard.
    """
    try:
        import tensorboard  # noqa: F401
    except ImportError:
        raise UsageError("tensorboard needs its package: pip install tensorboard") from None
    place.mkdir()
    for run in runs:
        with ExitStack() as stack:
            _write_run(run, inside(place, *run.name.split("/")), stack)


def _write_run(run: RecordedRun, folder: Path, stack: ExitStack) -> None:
    created_at = run.header.created_at
    members = {
        (head, seed): stack.enter_context(
            EventFile(inside(folder, name, f"seed-{number}"), created_at)
        )
        for head, name in enumerate(run.head_names)
        for seed, number in enumerate(run.header.seeds)
    }
    steps, times = [0], [0.0]
    for frames in run.frames():
        for frame in frames:
            steps.append(frame.step)
            times.append(frame.elapsed_s)
            for (head, seed), events in members.items():
                events.frame(frame, head, seed)
    for trace in run.loss_traces():
        # When a step was taken is recorded with frames alone; between them it is near enough.
        elapsed_s = float(np.interp(trace.last_step, steps, times))
        for (head, seed), events in members.items():
            events.loss_trace(trace, elapsed_s, head, seed)
    for number in run.numbers():
        elapsed_s = float(np.interp(number.step, steps, times))
        members[0, 0].number(number.step, elapsed_s, number.name, number.value)


class EventFile:
    """The event file of one member, in a folder of its own, which it makes."""

    def __init__(self, folder: Path, created_at: float) -> None:
        """`created_at`: seconds since the epoch from which elapsed times count."""
        from tensorboard.summary.writer.record_writer import RecordWriter

        folder.mkdir(parents=True)
        name = f"events.out.tfevents.{int(created_at)}.objtui"
        self._writer = RecordWriter((folder / name).open("wb"))
        self._created_at = created_at
        self._event(0.0, file_version=FILE_VERSION)

    def frame(self, frame: Frame, head: int, seed: int) -> None:
        """Add the scores and histograms of a member."""
        names = [f"scores/{name}" for name in frame.score_names]
        values = [*zip(names, frame.scores[head, seed].tolist(), strict=True)]
        values.append(("diverged", float(frame.diverged[head, seed])))
        if frame.nan_counts is not None:
            of_nan = frame.nan_counts[head, seed].tolist()
            values += [(f"logits/{name}_nan", of_nan[side]) for side, name in enumerate(CLASSES)]
        self._event(
            frame.elapsed_s,
            step=frame.step,
            summary=summary(
                values,
                {
                    f"logits/{name}": frame.counts[head, seed, side]
                    for side, name in enumerate(CLASSES)
                },
            ),
        )

    def loss_trace(self, trace: LossTrace, elapsed_s: float, head: int, seed: int) -> None:
        """Add the training loss of a member over a stretch of steps."""
        values = [
            (f"training_loss/{name}", float(getattr(trace, name)[head, seed]))
            for name in ("minimum", "mean", "maximum")
        ]
        self._event(elapsed_s, step=trace.last_step, summary=summary(values, {}))

    def number(self, step: int, elapsed_s: float, name: str, value: float) -> None:
        """Add a number of the user's own."""
        self._event(elapsed_s, step=step, summary=summary([(f"numbers/{name}", value)], {}))

    def _event(self, elapsed_s: float, **fields: Any) -> None:
        from tensorboard.compat.proto.event_pb2 import Event

        event = Event(wall_time=self._created_at + elapsed_s, **fields)
        self._writer.write(event.SerializeToString())

    def __enter__(self) -> EventFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()


def summary(scalars: Iterable[tuple[str, float]], histograms: dict[str, Counts]) -> Any:
    """TensorBoard's Summary of scalars and of `(CELLS,)` histograms, by tag."""
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.histogram.metadata import create_summary_metadata
    from tensorboard.util.tensor_util import make_tensor_proto

    with np.errstate(over="ignore"):
        values = [
            Summary.Value(tag=tag, simple_value=float(np.float32(value))) for tag, value in scalars
        ]
    for tag, counts in histograms.items():
        values.append(
            Summary.Value(
                tag=tag,
                tensor=make_tensor_proto(buckets(counts), dtype=np.float64),
                metadata=create_summary_metadata(display_name=None, description=None),
            )
        )
    return Summary(value=values)


def buckets(counts: Counts) -> Any:
    """`(CELLS,)` counts as `(buckets, 3)`: left edge, right edge, count; none where all are 0.

    TensorBoard's format of a histogram: tensorboard/plugins/histogram/summary_v2.py.
    """
    held = np.flatnonzero(counts)
    if not held.size:
        return np.zeros((0, 3))
    cells = slice(held[0], held[-1] + 1)
    return np.stack([_LEFT[cells], _RIGHT[cells], counts[cells].astype(np.float64)], axis=1)
