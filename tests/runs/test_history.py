"""The history of a run: what it keeps, what it reads again, and what is at a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from objtui.measures.frames import Frame
from objtui.runfile.reader import RunReader
from objtui.runfile.writer import RunWriter
from objtui.runs.follow import judge
from objtui.runs.history import MAX_LIVE_MOMENTS, MAX_SCHEDULED_KEPT, RunHistory
from objtui.runs.side_by_side import SideBySide
from objtui.runs.source import JudgedScores, RunSource
from tests.runs_for_tests import a_frame, a_header, a_status

MakeFrame = Callable[..., Frame]
NewRun = Callable[..., RunWriter]


def read_in(path) -> RunSource:
    source = RunSource(path)
    while source.behind:
        source.poll()
    return source


def test_counts_of_few_moments_are_kept_and_the_others_read_again(
    new_run: NewRun, frame: MakeFrame
) -> None:
    writer = new_run()
    steps = range(0, 10 * MAX_SCHEDULED_KEPT, 5)
    for step in steps:
        writer.append_frame(frame(step, nll=1 / (1 + step)))
    source = read_in(writer.path)
    history = source.history
    assert history is not None
    for step in (*steps, *reversed(steps)):
        moment = history.moment_up_to(step + 3)
        assert moment is not None
        assert moment.step == step
        assert moment.values("nll", 0).tolist() == [1 / (1 + step)] * 2
        assert (moment.counts == frame(step).counts.sum(axis=1)).all()
        assert len(history._scheduled) <= MAX_SCHEDULED_KEPT
    assert history.moment_up_to(-1) is None
    source.close()


def test_live_moments_are_thinned_and_all_that_is_left_can_be_shown(
    header: Callable[..., object], frame: MakeFrame
) -> None:
    history = RunHistory(header(), None)  # type: ignore[arg-type]
    for step in range(3 * MAX_LIVE_MOMENTS):
        history.add(frame(step, scheduled=step % 100 == 0))
    steps = history.columns.steps.tolist()
    assert len(steps) < 2 * MAX_LIVE_MOMENTS
    assert set(range(0, 3 * MAX_LIVE_MOMENTS, 100)) <= set(steps)
    for step in steps:
        moment = history.moment_up_to(step)
        assert moment is not None
        assert moment.step == step
    assert history.last is not None
    assert history.last.step == 3 * MAX_LIVE_MOMENTS - 1


def test_a_moment_stays_the_same_object_so_that_nothing_is_drawn_anew(
    new_run: NewRun, frame: MakeFrame
) -> None:
    writer = new_run()
    for step in (0, 10):
        writer.append_frame(frame(step))
    source = read_in(writer.path)
    assert source.history is not None
    assert source.history.moment_up_to(5) is source.history.moment_up_to(9)
    source.close()


def test_a_frame_that_is_gone_from_the_file_gives_way_to_the_one_before(
    header: Callable[..., object], frame: MakeFrame
) -> None:
    history = RunHistory(header(), None)  # type: ignore[arg-type]
    for step in range(MAX_SCHEDULED_KEPT + 2):
        history.add(frame(step))
    assert history.moment_up_to(1) is None
    assert history.columns.steps[0] == 2


def test_claims_are_judged_by_columns_as_by_frames(new_run: NewRun, frame: MakeFrame) -> None:
    tests = ("ce.nll < 0.3", "first(bce.nll < 0.2) == 40", "slope(bce.nll, 1, 100) < 0")
    writer = new_run(claims=tuple((test, test.replace("==", "<=")) for test in tests))
    frames = [frame(step, nll=1 / (1 + step / 10)) for step in (0, 10, 20, 40, 80)]
    frames.insert(2, replace(frame(15, nll=9.0), scheduled=False))
    for each in frames:
        writer.append_frame(each)
    source = read_in(writer.path)
    assert source.history is not None
    with RunReader(writer.path) as reader:
        for until in (0, 20, 80):
            so_far = [each for each in frames if each.step <= until]
            expected = repr(judge(reader, so_far))  # which holds NaN
            assert repr(judge(reader, JudgedScores(source.history, until))) == expected
            assert repr(source.verdicts_at(until)) == expected
    assert source.verdicts_at(-1) == ()
    source.close()


@pytest.mark.parametrize("row", [0, 99])
def test_a_row_that_is_not_there_is_no_frame(row: int, new_run: NewRun, frame: MakeFrame) -> None:
    writer = new_run()
    writer.append_frame(frame(7))
    with RunReader(writer.path) as reader:
        assert reader.frame(row) is None
        stored = reader.frame(1)
        assert stored is not None
        assert stored.step == 7


def recorded(step: int, rows: int = 10, head_rows: int | None = None, **changes: Any) -> Frame:
    """A frame of a recorded run of two heads, the second with other rows."""
    frame = a_frame(step, seeds=1)
    counts = np.zeros_like(frame.counts)
    counts[0, 0, 0, 5] = rows
    counts[1, 0, 0, 5] = rows if head_rows is None else head_rows
    nan_counts = np.zeros((2, 1, 2), dtype=np.int64)
    return replace(frame, counts=counts, nan_counts=nan_counts, **changes)


def test_counts_beyond_32_bits_are_shown_as_they_are() -> None:
    history = RunHistory(a_header(seeds=(0,), recorded=True), a_status())
    history.add(recorded(1, 3_000_000_000))
    assert history.last is not None
    assert history.last.counts[0, 0, 5] == 3_000_000_000
    assert history.histograms.series(0).counts[0, 0, 5] == 3_000_000_000
    both = SideBySide([history, history], ["a", "b"]).moment_up_to(None)
    assert both is not None
    assert both.counts[0, 0, 5] == 3_000_000_000


def test_a_head_that_was_not_measured_stands_as_it_was_last() -> None:
    history = RunHistory(a_header(seeds=(0,), recorded=True), a_status())
    history.add(recorded(1, 10, 20))
    history.add(recorded(2, 30, 0))
    moment = history.last
    assert moment is not None
    assert moment.step == 2
    assert moment.counts.sum(axis=(1, 2)).tolist() == [30, 20]
    before = history.moment_up_to(1)
    assert before is not None
    assert before.counts.sum(axis=(1, 2)).tolist() == [10, 20]


def test_an_evaluation_takes_the_place_of_training_batches() -> None:
    history = RunHistory(a_header(seeds=(0,), recorded=True), a_status())
    for step in (1, 2):
        history.add(recorded(step, scheduled=False, of_training=True))
    assert history.last is not None
    assert history.last.of_training
    history.add(recorded(3, 50))
    history.add(recorded(4, scheduled=False, of_training=True))
    assert history.columns.steps.tolist() == [3]
    assert history.last.counts[0, 0, 5] == 50


def test_the_frame_that_was_read_last_is_not_read_again(frame: MakeFrame) -> None:
    frames, asked = {1: frame(10), 2: frame(20)}, []

    def read(row: int) -> Frame | None:
        asked.append(row)
        return frames.get(row)

    history = RunHistory(a_header(), a_status(), read)
    assert [history.frame(row) for row in (1, 1, 2, 3, 3)] == [
        *[frames[1]] * 2,
        frames[2],
        None,
        None,
    ]
    assert asked == [1, 2, 3, 3]
