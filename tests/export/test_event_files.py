"""Event files, read back by TensorBoard's own reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from objtui.export.event_files import buckets
from objtui.export.formats import export_format
from objtui.export.write import export_runs
from objtui.measures.histogram import CELLS, LOGIT_EDGES
from objtui.measures.scores import SCORE_NAMES
from objtui.runfile.reader import RunReader

EVERYTHING = {"scalars": 0, "tensors": 0, "histograms": 0}


def members(place: Path, path: Path) -> dict[tuple[int, int], EventAccumulator]:
    """TensorBoard's view of every member's folder."""
    export_runs(export_format("tensorboard"), [path], place, force=False)
    found = {}
    for head, name in enumerate(("bce", "ce")):
        for seed in (0, 1):
            folder = place / path.stem / name / f"seed-{seed}"
            found[head, seed] = EventAccumulator(str(folder), size_guidance=EVERYTHING).Reload()
    return found


def test_counts_lie_between_their_recorded_edges_in_every_frame(
    any_run: Any, tmp_path: Path
) -> None:
    for (head, seed), events in members(tmp_path / "out", any_run.path).items():
        for side, name in enumerate(("negative", "positive")):
            tag = f"logits/{name}"
            read = events.Tensors(tag) if tag in events.Tags()["tensors"] else []
            assert [event.step for event in read] == [frame.step for frame in any_run.frames]
            for event, frame in zip(read, any_run.frames, strict=True):
                counts = np.zeros(CELLS, dtype=np.int64)
                for left, right, count in make_ndarray(event.tensor_proto):
                    if left == right:  # beyond the outermost edges
                        counts[0 if left < 0 else -1] = count
                    else:
                        cell = np.searchsorted(LOGIT_EDGES, left, side="right")
                        assert (LOGIT_EDGES[cell - 1], LOGIT_EDGES[cell]) == (left, right)
                        counts[cell] = count
                np.testing.assert_array_equal(counts, frame.counts[head, seed, side])


def test_scores_are_scalars_at_their_steps_and_times(any_run: Any, tmp_path: Path) -> None:
    with RunReader(any_run.path) as reader:
        created_at = reader.header().created_at
    for (head, seed), events in members(tmp_path / "out", any_run.path).items():
        tags = events.Tags()["scalars"]
        for column, name in enumerate(SCORE_NAMES):
            read = events.Scalars(f"scores/{name}") if any_run.frames else []
            values = np.array([frame.scores[head, seed, column] for frame in any_run.frames])
            np.testing.assert_array_equal([event.value for event in read], np.float32(values))
            times = [created_at + frame.elapsed_s for frame in any_run.frames]
            assert [event.wall_time for event in read] == times
        assert ("diverged" in tags) == bool(any_run.frames)
        if any_run.frames:
            flags = [frame.diverged[head, seed] for frame in any_run.frames]
            assert [event.value for event in events.Scalars("diverged")] == flags


def test_the_training_loss_is_there_too(recorded: Callable[..., Any], tmp_path: Path) -> None:
    run = recorded()
    for member, events in members(tmp_path / "out", run.path).items():
        for name in ("minimum", "mean", "maximum"):
            read = events.Scalars(f"training_loss/{name}")
            assert [event.step for event in read] == [10, 20, 30, 40]
            wanted = [np.float32(getattr(trace, name)[member]) for trace in run.traces]
            assert [event.value for event in read] == wanted
            assert [event.wall_time for event in read] == sorted(e.wall_time for e in read)


@given(
    arrays.arrays(np.int64, CELLS, elements=st.integers(0, 2**53), fill=st.just(0)),
)
def test_no_count_is_lost_and_buckets_ascend(counts: np.ndarray) -> None:
    found = buckets(counts)
    assert sum(int(count) for count in found[:, 2]) == sum(counts.tolist())
    assert (found[:, 0] <= found[:, 1]).all()
    assert (found[1:, 0] == found[:-1, 1]).all()
