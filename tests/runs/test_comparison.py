"""Several runs seen as one: names, steps, moments and claims."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from objtui.errors import UsageError
from objtui.runfile.records import HeadInfo
from objtui.runs.comparison import Comparison
from objtui.runs.source import RunSource
from tests.runs_for_tests import NUCLEI_CLAIMS, NUCLEI_HEADS, NUCLEI_SEEDS, MakeRun, record_nuclei

PAIR = (HeadInfo("bce", "bce", 1, "bce"), HeadInfo("mse", "mse", 1, "bce"))


@pytest.fixture
def runs(new_run: MakeRun, tmp_path: Path) -> Comparison:
    """Three runs, of other lengths, heads and seeds."""
    paths = [
        record_nuclei(new_run, tmp_path, name="long").path,
        record_nuclei(
            new_run, tmp_path, name="short", steps=(0, 7, 200), heads=PAIR, seeds=(3, 4), claims=()
        ).path,
        record_nuclei(new_run, tmp_path, name="late", steps=(50, 100)).path,
    ]
    comparison = Comparison([RunSource(path) for path in paths])
    while comparison.behind or comparison.history is None:
        comparison.poll()
    yield comparison
    comparison.close()


def test_heads_are_named_by_run_and_head(runs: Comparison) -> None:
    assert runs.history is not None
    names = [head.name for head in runs.history.header.heads]
    assert names[:4] == ["long:bce", "long:ce", "long:mse", "short:bce"]
    assert len(names) == 8


def test_the_steps_are_the_union_of_all(runs: Comparison) -> None:
    assert runs.steps.tolist() == sorted(
        {0, 1, 2, 5, 10, 20, 50, 100, 200, 400, 600, 800, 1000, 1240} | {0, 7, 200} | {50, 100}
    )


@pytest.mark.parametrize(
    ("cursor", "steps"), [(None, (1240, 200, 100)), (199, (100, 7, 100)), (6, (5, 0, None))]
)
def test_every_run_shows_its_last_frame_up_to_the_cursor(
    runs: Comparison, cursor: int | None, steps: tuple[int | None, ...]
) -> None:
    moment = runs.moment_at(cursor)
    assert moment is not None
    assert moment is runs.moment_at(cursor)
    starts = (0, 3, 5)
    for start, history, step in zip(starts, runs.histories, steps, strict=True):
        if step is None:
            assert moment.seeds(start) == 0
            assert not moment.counts[start].any()
            continue
        own = history.moment_up_to(step)
        assert own is not None
        assert moment.seeds(start) == len(history.header.seeds)
        assert moment.values("nll", start).tolist() == own.values("nll", 0).tolist()
        assert (moment.counts[start] == own.counts[0]).all()
    assert moment.step == max(step for step in steps if step is not None)


def test_no_seed_is_invented(runs: Comparison) -> None:
    moment = runs.moment_at(None)
    assert moment is not None
    assert [moment.seeds(head) for head in range(8)] == [5, 5, 5, 2, 2, 5, 5, 5]
    assert len(moment.values("nll", 3)) == 2
    assert np.isnan(moment.score("nll")[3, 2:]).all()


def test_before_any_frame_there_is_no_moment(runs: Comparison) -> None:
    assert runs.moment_at(-1) is None


def test_a_claim_of_several_runs_is_listed_once_with_what_each_of_them_says(
    runs: Comparison,
) -> None:
    assert runs.history is not None
    assert runs.history.header.claims == NUCLEI_CLAIMS
    for claim, verdict in zip(NUCLEI_CLAIMS, runs.verdicts_at(None), strict=True):
        assert (verdict.text, verdict.test) == claim
        said = runs.verdicts_by_run(None)[claim]
        assert [label for label, _ in said] == ["long", "late"]
        singles = [runs.sources[i].verdicts_at(None) for i in (0, 2)]
        own = [next(each for each in of_run if each.text == claim[0]) for of_run in singles]
        assert [each for _, each in said] == own
        assert (verdict.holds, verdict.of) == (sum(each.holds for each in own), 10)


def test_a_claim_of_one_run_alone_says_whose_it_is(new_run: MakeRun, tmp_path: Path) -> None:
    other = ("Squared error ranks as well", "mse.ap >= ce.ap")  # by another test
    claims = {"a": NUCLEI_CLAIMS, "b": (NUCLEI_CLAIMS[0], other)}
    paths = [
        record_nuclei(new_run, tmp_path, name=name, claims=of).path for name, of in claims.items()
    ]
    runs = Comparison([RunSource(path) for path in paths])
    while runs.behind or runs.history is None:
        runs.poll()
    texts = [
        NUCLEI_CLAIMS[0][0],
        "a: Most background is saturated",
        "a: Squared error ranks as well",
        "b: Squared error ranks as well",
    ]
    assert [text for text, _ in runs.history.header.claims] == texts
    assert [verdict.text for verdict in runs.verdicts_at(None)] == texts
    assert runs.verdicts_at(-1) == ()
    runs.close()


def test_one_run_is_as_that_run_has_it(new_run: MakeRun, tmp_path: Path) -> None:
    runs = Comparison([RunSource(record_nuclei(new_run, tmp_path).path)])
    while runs.behind:
        runs.poll()
    assert runs.history is runs.sources[0].history
    assert runs.moment_at(None) is runs.histories[0].last
    assert runs.histories[0].header.heads == NUCLEI_HEADS
    assert runs.histories[0].header.seeds == NUCLEI_SEEDS
    runs.close()


def test_a_copy_of_a_run_stands_beside_it_and_a_run_beside_itself_does_not(
    new_run: MakeRun, tmp_path: Path
) -> None:
    path = record_nuclei(new_run, tmp_path).path
    (tmp_path / "other").mkdir()
    copy = Path(shutil.copy(path, tmp_path / "other"))
    runs = Comparison([RunSource(path), RunSource(copy)])
    assert runs.labels == [f"{tmp_path.name}/nuclei-1", "other/nuclei-1"]
    with pytest.raises(UsageError, match="named twice"):
        Comparison([RunSource(path), RunSource(path)])
    runs.close()
