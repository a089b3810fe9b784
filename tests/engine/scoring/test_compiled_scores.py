"""Scores by a compiled program, against those of torch, scikit-learn and NumPy."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import special
from sklearn import metrics

from objtui.engine import schedule
from objtui.engine.part import prepare_part
from objtui.engine.scoring.compiled_scores import CompiledScores, scores_program
from objtui.engine.scoring.logit_scores import Classes, LogitScores, score_logits
from objtui.engine.steps.compiled.compiler import Compiling
from objtui.errors import TrainingError
from objtui.measures.histogram import CELLS, LOGIT_EDGES, count_logits
from objtui.measures.merging import merge_frames
from tests.engine.cases import Dataset, make_rows, make_scenario, make_training, scheduled

EXACT = (
    *("auc", "ap", "f1", "recall", "base_rate"),
    *("saturated", "saturated_pos", "saturated_neg"),
)
"""What follows from counts alone."""

EDGES = [0.0, -0.0, math.inf, -math.inf, 1e-45, 3e38, 88.0, -104.0, *LOGIT_EDGES[[0, 99, 300, 448]]]
LOGITS = st.one_of(
    st.floats(-30, 30, width=32), st.sampled_from(np.float32(EDGES).tolist()), st.integers(-3, 3)
)


@pytest.fixture(scope="module")
def compiled() -> Iterator[CompiledScores]:
    compiling = Compiling(scores_program())
    try:
        library = compiling.library()
        assert isinstance(library, Path), library
        yield CompiledScores(library)
    finally:
        compiling.close()


def both(
    compiled: CompiledScores, z: np.ndarray, positive: np.ndarray, target: np.ndarray | None = None
) -> tuple[LogitScores, LogitScores]:
    """Ours and those of torch, of logits (members, rows)."""
    logits = torch.tensor(z, dtype=torch.float32)
    soft = torch.tensor(positive if target is None else target, dtype=torch.float32)
    classes = Classes.of(torch.tensor(positive), torch.float32)
    ours = compiled.score(logits, soft, classes, torch.float32)
    return ours, score_logits(logits, soft, classes)


def assert_agree(ours: LogitScores, theirs: LogitScores) -> None:
    """Counts to the last one, scores of counts to the order of a sum, others to last digits.

    Which p are ties changes with their last digits: `ap_p` is tested against rounded ones below.
    """
    assert torch.equal(ours.counts, theirs.counts)
    assert ours.values.keys() == theirs.values.keys()
    for name, value in ours.values.items():
        near = 1e-12 if name in EXACT else 1e-4 if name == "ap_p" else 2e-6
        assert_near(value, theirs.values[name], near, name)


def assert_near(ours: torch.Tensor, theirs: torch.Tensor, near: float, name: str) -> None:
    np.testing.assert_allclose(ours.double(), theirs.double(), near, near, err_msg=name)


@settings(max_examples=50)
@given(
    z=arrays.arrays(np.float32, st.integers(1, 60), elements=LOGITS.map(np.float32)),
    seed=st.integers(0, 9),
    share=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
)
def test_counts_are_those_of_torch_for_any_logits(
    compiled: CompiledScores, z: np.ndarray, seed: int, share: float
) -> None:
    positive = np.random.default_rng(seed).random(len(z)) < share
    ours, theirs = both(compiled, z[None], positive)
    assert torch.equal(ours.counts, theirs.counts)
    np.testing.assert_array_equal(ours.counts[0, 1], count_logits(z[positive]))
    for name in EXACT:
        assert_near(ours.values[name], theirs.values[name], 1e-12, name)


@pytest.mark.parametrize("rows", [1, 511, 5000, 60_000])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.4, 1.0])
def test_scores_are_those_of_torch(compiled: CompiledScores, rows: int, share: float) -> None:
    rng = np.random.default_rng(rows)
    positive = rng.random(rows) < share
    z = rng.normal(size=(2, rows)) * 3 - 1 + 3 * positive
    target = np.where(positive, rng.uniform(0.5, 1, rows), 0)
    ours, theirs = both(compiled, z, positive, target)
    assert_agree(ours, theirs)


@pytest.mark.parametrize(
    "spread",
    [
        lambda rng, n: 1 + rng.integers(0, 3000, n) * 2**-23,  # neighbours among floats
        lambda rng, n: rng.integers(-2, 3, n),
        lambda rng, n: np.full(n, 0.7),
        lambda rng, n: rng.normal(size=n) * 300,
        lambda rng, n: np.where(rng.random(n) < 0.5, -800.0, 800.0),
        lambda rng, n: np.exp(rng.normal(size=n) * 15) * rng.choice([-1, 1], n),
    ],
    ids=["dense", "ties", "all equal", "saturated", "exactly 0 and 1", "all magnitudes"],
)
@pytest.mark.parametrize("rows", [900, 90_000])
def test_rankings_are_those_of_scikit_learn(
    compiled: CompiledScores, spread: object, rows: int
) -> None:
    rng = np.random.default_rng(1)
    positive = rng.random(rows) < 0.4
    z = np.float32(spread(rng, rows))  # type: ignore[operator]
    values = both(compiled, z[None], positive)[0].values
    assert float(values["auc"]) == pytest.approx(metrics.roc_auc_score(positive, z), abs=1e-12)
    ap = metrics.average_precision_score(positive, z)
    assert float(values["ap"]) == pytest.approx(ap, abs=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("middle", [-12.0, 0.0, 9.0, 20.0])
def test_ranking_by_p_is_that_of_scikit_learn_on_rounded_p(
    compiled: CompiledScores, dtype: torch.dtype, middle: float
) -> None:
    rng = np.random.default_rng(3)
    positive = rng.random(20_000) < 0.2
    z = np.float32(rng.normal(size=20_000) * 6 + middle + 2 * positive)
    classes = Classes.of(torch.tensor(positive), torch.float32)
    target = torch.tensor(positive).float()
    ours = compiled.score(torch.tensor(z)[None], target, classes, dtype).values["ap_p"]
    p = torch.tensor(np.float32(special.expit(z.astype(float)))).to(dtype).double().numpy()
    theirs = metrics.average_precision_score(positive, p)
    assert float(ours) == pytest.approx(theirs, abs=1e-12)


def test_log_loss_and_temperature_are_those_of_float64(compiled: CompiledScores) -> None:
    rng = np.random.default_rng(2)
    for factor in (0.01, 0.3, 1.0, 4.5, 200.0):
        true_logit = rng.normal(size=40_000) * 2
        positive = rng.random(40_000) < special.expit(true_logit)
        z = np.float32(true_logit * factor)
        values = both(compiled, z[None], positive)[0].values
        wide = torch.tensor(z, dtype=torch.float64)[None]
        classes = Classes.of(torch.tensor(positive), torch.float64)
        exact = score_logits(wide, torch.tensor(positive).double(), classes).values
        for name in ("nll", "brier", "temperature", "ece", "p_neg", "p_pos", "z_neg", "z_pos"):
            assert float(values[name]) == pytest.approx(float(exact[name]), rel=3e-6, abs=1e-7), (
                name
            )


def test_a_temperature_beyond_its_bounds_is_its_limit(compiled: CompiledScores) -> None:
    positive = np.arange(200) % 2 == 0
    apart, against, zero = (
        np.where(positive, 3.0, -3.0),
        np.where(positive, -1.0, 1.0),
        np.zeros(200),
    )
    temperature = both(compiled, np.stack([apart, against, zero]), positive)[0].values[
        "temperature"
    ]
    assert temperature[:2].tolist() == [0, math.inf]
    assert math.isnan(temperature[2])


def test_members_are_scored_by_themselves_whatever_the_threads(compiled: CompiledScores) -> None:
    rng = np.random.default_rng(0)
    positive = rng.random(150_000) < 0.3
    z = rng.normal(size=(3, 150_000)) + positive
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        together, _ = both(compiled, z, positive)
    finally:
        torch.set_num_threads(threads)
    alone, _ = both(compiled, z[1:2], positive)
    for name, value in alone.values.items():
        assert float(together.values[name][1]) == float(value[0]), name


def test_not_a_number_is_in_no_cell_and_others_stay(compiled: CompiledScores) -> None:
    z = np.float32([np.nan, -np.inf, -3, 3, np.inf, np.nan, 1e9] * 50)
    positive = np.arange(len(z)) % 3 == 0
    counts = both(compiled, z[None], positive)[0].counts[0]
    for kind, rows in enumerate((~positive, positive)):
        kept = z[rows & ~np.isnan(z)]
        np.testing.assert_array_equal(counts[kind], count_logits(kept))


@settings(max_examples=50)
@given(
    z=arrays.arrays(np.float32, st.integers(1, 60), elements=LOGITS.map(np.float32)),
    seed=st.integers(0, 9),
)
def test_chosen_rows_are_counted_as_numpy_does(
    compiled: CompiledScores, z: np.ndarray, seed: int
) -> None:
    positive, chosen = np.random.default_rng(seed).random((2, len(z))) < 0.5
    classes = Classes.of(torch.tensor(positive), torch.float32)
    counts = compiled.chosen_counts(torch.tensor(z)[None], classes, torch.tensor(chosen))[0]
    assert counts.shape == (2, CELLS)
    np.testing.assert_array_equal(counts[0], count_logits(z[chosen & ~positive]))
    np.testing.assert_array_equal(counts[1], count_logits(z[chosen & positive]))


@pytest.fixture
def all_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scores of small evaluations are compiled too."""
    monkeypatch.setattr(schedule, "MIN_COMPILED_LOGITS", 1)


@pytest.mark.usefixtures("all_compiled")
def test_a_training_takes_them_from_its_first_frame_on(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = make_scenario(dtype="float32", steps=20, eval_every=10, seeds=2)
    with monkeypatch.context() as patch:
        patch.setattr("objtui.engine.scoring.evaluate.score_logits", None)
        ours = scheduled(make_training(scenario))
    never = scenario.model_copy(
        update={"train": scenario.train.model_copy(update={"compile": "never"})}
    )
    theirs = scheduled(make_training(never))
    assert [frame.step for frame in ours] == [0, 10, 20]
    for frame, expected in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(frame.counts, expected.counts)
        np.testing.assert_array_equal(frame.fit_counts, expected.fit_counts)
        np.testing.assert_allclose(frame.scores, expected.scores, rtol=3e-6, atol=1e-6)


@pytest.mark.usefixtures("all_compiled")
def test_parts_of_a_run_have_the_bits_of_the_whole() -> None:
    scenario = make_scenario(dtype="float32", seeds=16, steps=10, eval_every=5)
    rows = make_rows(160)
    whole = scheduled(make_training(scenario, rows))
    parts = [
        scheduled(prepare_part(scenario, Dataset(rows, None), held))
        for held in (range(8), range(8, 16))
    ]
    for frame, *others in zip(whole, *parts, strict=True):
        np.testing.assert_array_equal(frame.scores, merge_frames(others).scores)
        np.testing.assert_array_equal(frame.counts, merge_frames(others).counts)


@pytest.mark.usefixtures("all_compiled")
def test_without_a_compiler_a_training_says_so_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = make_scenario(dtype="float32", steps=10, eval_every=5)
    monkeypatch.setenv("CC", "no-such-compiler")
    training = make_training(scenario)
    assert "evaluations take up to twice as long" in training.notices[0]
    with pytest.warns(
        RuntimeWarning, match="the scores of the training cannot be compiled: .*no C"
    ):
        frames = scheduled(training)
    assert frames[-1].step == 10


@pytest.mark.usefixtures("all_compiled")
def test_memory_that_lacks_ends_the_training_with_a_line(compiled: CompiledScores) -> None:
    logits = torch.zeros(1, 8)
    classes = Classes.of(torch.arange(8) < 4, torch.float32)
    compiled._score_member = lambda *given: 0  # type: ignore[assignment]
    with pytest.raises(TrainingError, match="8 logits of a member leave too little memory"):
        compiled.score(logits, torch.zeros(8), classes, torch.float32)
