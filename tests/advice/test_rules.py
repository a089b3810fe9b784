"""Every rule speaks where its reason is there, with its number, and is silent where it is not."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import average_precision_score, log_loss

from objtui.advice.advise import Advice, advise, told_apart
from objtui.advice.evidence import RunEvidence
from objtui.advice.reasons.ranking import chance_ap
from objtui.advice.rules import LEVELS, NOTHING, RULES
from objtui.advice.settings import HeadSettings, head_settings
from objtui.runfile.records import NO_DEVICE, RowCounts
from objtui.scenario.bundled import bundled_names
from tests.advice.cases import a_run, honest, over_steps
from tests.picture_runs import mistakes_of

Z, POSITIVE = honest()
LATE = [0, 1, 10, 100, 300, 400, 500, 700, 1000]
RARE_Z, RARE = honest(base=-8.0, spread=2.0)
NOTICE = "6 of 52 validation boxes have no anchor of IoU >= 0.5 and give no positive row"


def one(
    z: np.ndarray, positive: np.ndarray = POSITIVE, name: str = "bce", **more: Any
) -> RunEvidence:
    """A run of one head and one frame."""
    return a_run({name: {100: z}}, positive, **more)


def growing(by_ln_step: float, **more: Any) -> RunEvidence:
    """Classes that are told apart, at logits that grow so fast from 3 on."""
    far = over_steps(LATE, lambda step: 3 + by_ln_step * math.log(max(step, 1)) + 0 * Z)
    z = {step: np.where(POSITIVE, at, -at) for step, at in far.items()}
    return a_run({"bce": z}, POSITIVE, **more)


def started(z: np.ndarray, at_start: float, positive: np.ndarray, loss: str) -> RunEvidence:
    start = np.full_like(z, at_start)
    scores = {"grad_share_neg": {0: 0.99, 100: 0.5}}
    return a_run({loss: {0: start, 100: z}}, positive, scores=scores)


def memorising(until: float) -> RunEvidence:
    sharpness = {0: 0.1, 10: 1.0, 50: (1 + until) / 2, 100: until}
    return a_run({"bce": {step: s * Z for step, s in sharpness.items()}}, POSITIVE)


def learning(last: float, **more: Any) -> RunEvidence:
    """A head whose NLL is 0.5 at half of the steps; seeds fall by other shares."""
    spread = np.array([1.02, 0.98, 1.01, 0.99, 1.0])
    nll = {0: 0.7, 10: 0.5, 20: last * spread[: len(Z)]}
    return a_run({"bce": dict.fromkeys(nll, 0.3 * Z)}, POSITIVE, scores={"nll": nll}, **more)


def two(other: np.ndarray) -> RunEvidence:
    return a_run({"bce": {100: Z}, "mse": {100: other}}, POSITIVE)


def mistaken() -> RunEvidence:
    run = one(Z)
    (head,) = run.heads
    return replace(run, heads=(replace(head, mistakes=tuple(mistakes_of(1).of_head(0))),))


def noisy(size: float) -> np.ndarray:
    return Z + np.random.default_rng(1).normal(0, size, Z.shape)


def bent(seeds: int) -> np.ndarray:
    """The first seeds are wrong in a way that no temperature mends, the others right."""
    wrong = np.where(Z > 0, 1.9 * Z, Z / 2)
    return np.concatenate([wrong[:seeds], Z[seeds:]])


CASES: dict[str, tuple[Callable[[], RunEvidence], Callable[[], RunEvidence]]] = {
    "diverged": (lambda: one(Z, lost=((0, 1),)), lambda: one(Z)),
    "chance-ranking": (lambda: one(Z[:, ::-1].copy()), lambda: one(Z)),
    "double-sigmoid": (lambda: one(expit(Z)), lambda: one(Z)),
    "stuck": (
        lambda: started(-7 + 0.001 * RARE_Z, -7.0, RARE, "mse"),
        lambda: started(RARE_Z, -7.0, RARE, "bce"),
    ),
    "still-learning": (lambda: learning(0.33), lambda: learning(0.425)),
    "overconfident": (lambda: one(4 * Z), lambda: one(Z)),
    "underconfident": (lambda: one(0.3 * Z), lambda: one(Z)),
    "validation-rose": (lambda: memorising(4.0), lambda: memorising(1.0)),
    "threshold": (lambda: one(Z - 2), lambda: growing(1.0)),
    "unreached-boxes": (lambda: one(Z, notices=(NOTICE,)), lambda: one(Z, notices=("hello",))),
    "worst-mistakes": (mistaken, lambda: one(Z)),
    "miscalibrated": (lambda: one(bent(5)), lambda: one(bent(1))),
    "calibration-unsure": (lambda: one(bent(1)), lambda: one(bent(5))),
    "calibrated-after": (lambda: one(4 * Z, method="platt"), lambda: one(4 * Z)),
    "stopped-by": (
        lambda: growing(0.0, settings=HeadSettings(smoothing=0.1)),
        lambda: growing(1.0, settings=HeadSettings(smoothing=0.1)),
    ),
    "still-growing": (lambda: growing(1.0), lambda: growing(0.0)),
    "background-saturated": (lambda: one(5 * Z), lambda: one(Z / 10)),
    "objects-saturated": (lambda: one(5 * Z), lambda: one(Z / 10)),
    "background-gradient": (
        lambda: one(Z, scores={"grad_share_neg": {100: 0.95}}),
        lambda: one(Z, scores={"grad_share_neg": {100: 0.5}}),
    ),
    "prior": (
        lambda: started(RARE_Z, 0.0, RARE, "bce"),
        lambda: started(RARE_Z, math.log(RARE.mean()), RARE, "bce"),
    ),
    "heads-differ": (lambda: two(noisy(3.0)), lambda: two(Z + 0.0)),
    "heads-alike": (lambda: two(Z + 1e-6), lambda: two(noisy(3.0))),
    "calibrated": (lambda: one(Z), lambda: one(4 * Z)),
    "nothing-to-mend": (lambda: growing(2.0), lambda: one(4 * Z)),
}
"""By rule, a run of which it must speak, and one of which it must not."""


def said_by(name: str, run: RunEvidence) -> list[Advice]:
    return [each for each in advise(run) if each.rule == name]


def test_every_rule_has_its_two_cases_and_shows_a_bundled_scenario() -> None:
    rules = [*RULES, NOTHING]
    assert sorted(CASES) == sorted(rule.name for rule in rules)
    assert {rule.scenario for rule in rules} <= set(bundled_names())


@pytest.mark.parametrize("name", CASES)
def test_a_rule_speaks_where_its_reason_is_there(name: str) -> None:
    (advice,) = said_by(name, CASES[name][0]())
    assert advice.text.endswith(".")
    assert "{" not in advice.text + advice.brief
    assert "?" not in advice.text + advice.brief
    assert advice.level in LEVELS
    assert advice.numbers or name == NOTHING.name


@pytest.mark.parametrize("name", CASES)
def test_a_rule_is_silent_where_it_is_not(name: str) -> None:
    assert not said_by(name, CASES[name][1]())


def test_the_worst_mistakes_are_listed_with_their_places() -> None:
    (advice,) = said_by("worst-mistakes", mistaken())
    assert "p = .993 at 26, 36 of alarm 0.png; p = .982 at 26, 36 of alarm 1.png" in advice.text
    assert "Missed most: no box at 26, 36 of a/long/way/to/it.png; p = .0474" in advice.text
    assert "--panel mistakes:bce" in advice.text


def test_a_calibration_error_whose_interval_reaches_down_to_chance_is_not_called_one() -> None:
    run = one(bent(1))
    ece, chance = (
        said_by("calibration-unsure", run)[0].numbers[name] for name in ("ece", "chance")
    )
    assert ece.low < chance.mean < ece.mean
    (advice,) = said_by("miscalibrated", one(bent(5)))
    assert advice.numbers["ece"].low > advice.numbers["chance"].mean


def test_what_no_temperature_mends_is_not_called_well() -> None:
    (advice,) = said_by(NOTHING.name, one(bent(5)))
    assert advice.text == (
        "Nothing here needs mending but the calibration of bce, and no temperature mends that."
    )
    assert said_by(NOTHING.name, one(Z))[0].text == "Nothing here needs mending."
    run = a_run({"bce": {100: bent(5)}, "focal": {100: bent(5) + 0.01}}, POSITIVE)
    assert " of bce and focal, and no" in said_by(NOTHING.name, run)[0].text


def test_of_a_chance_ranking_nothing_else_is_said() -> None:
    assert [each.rule for each in advise(CASES["chance-ranking"][0]())] == ["chance-ranking"]


@pytest.mark.parametrize("sharpness", [2.0, 4.5, 0.4])
def test_the_temperature_is_that_by_which_the_logits_are_off(sharpness: float) -> None:
    name = "overconfident" if sharpness > 1 else "underconfident"
    (advice,) = said_by(name, one(sharpness * Z))
    t = advice.numbers["temperature"]
    assert t.mean == pytest.approx(sharpness, rel=0.1)
    assert t.low < t.mean < t.high
    assert advice.numbers["nll_scaled"].mean < advice.numbers["nll"].mean
    assert "2 000 rows it was not fitted on" in advice.text
    assert "over 5 seeds" in advice.text


def test_one_seed_has_numbers_and_no_intervals() -> None:
    (advice,) = said_by("overconfident", one(4 * Z[:1]))
    assert all(math.isnan(each.low) for each in advice.numbers.values())
    assert "seeds" not in advice.text


def test_a_run_that_counted_no_halves_says_what_it_was_measured_on() -> None:
    (advice,) = said_by("overconfident", one(4 * Z, halves=False))
    assert " on the rows it was fitted on (this run did not count halves); " in advice.text


def test_a_prior_is_the_share_of_the_rows_trained_on_and_its_nll_that_of_the_rows_measured() -> (
    None
):
    z = {0: np.zeros_like(RARE_Z), 100: RARE_Z}
    scores = {"grad_share_neg": {0: 0.99, 100: 0.5}}

    def prior(**header: Any) -> Advice:
        return said_by("prior", a_run({"bce": z}, RARE, scores=scores, **header))[0]

    said, base = prior(train=RowCounts(1000, 30)), RARE.mean()
    assert "objects .0300 of the training rows" in said.text
    assert "With prior = .0300 NLL on validation rows would have begun at " in said.text
    expected = log_loss(RARE, np.full(len(RARE), 0.03))
    assert said.numbers["nll_prior"].mean == pytest.approx(expected)
    alone = prior(train=None)
    assert alone.numbers["base_rate"].mean == pytest.approx(base)
    assert "of the rows: background" in alone.text
    assert "NLL would have begun" in prior(val=None).text


def test_logits_between_0_and_1_may_be_probabilities_that_were_recorded() -> None:
    def cause(**header: Any) -> Advice:
        return said_by("double-sigmoid", one(expit(Z), **header))[0]

    assert "probabilities" not in cause().text
    recorded = cause(recorded=True)
    assert "or probabilities were handed to the recorder as logits. Give " in recorded.text
    assert "or p was recorded as logits" in recorded.brief
    assert "--probabilities" in cause(device=NO_DEVICE).text


def test_intervals_of_shares_stay_between_0_and_1() -> None:
    most = np.array([0.0, 0.0, 0.0, 0.0, 0.9])
    run = one(Z, scores={"saturated_pos": {100: most}, "ece": {100: 1 - most / 2}})
    share = said_by("objects-saturated", run)[0].numbers["share"]
    assert (share.low, share.mean) == (0.0, pytest.approx(0.18))
    assert share.high == pytest.approx(0.18 + 2.776 * np.std(most, ddof=1) / math.sqrt(5), rel=1e-3)
    assert max(each.high for said in advise(run) for each in said.numbers.values()) <= 1


def test_training_rows_are_called_so() -> None:
    (advice,) = said_by("overconfident", one(4 * Z, val=False))
    assert "2 000 training rows" in advice.text


def test_a_rise_of_the_log_loss_names_the_best_step_and_by_how_much() -> None:
    (advice,) = said_by("validation-rose", memorising(4.0))
    assert advice.numbers["best_step"].mean == 10
    numbers = advice.numbers
    assert numbers["rise"].mean == pytest.approx(numbers["nll"].mean - numbers["best_nll"].mean)
    assert not said_by(
        "validation-rose", a_run({"bce": {10: Z, 50: 2 * Z, 100: 4 * Z}}, POSITIVE, val=False)
    )


@pytest.mark.parametrize(("until", "speaks"), [(4.0, True), (1.0, False)])
def test_advice_is_as_of_the_step_that_is_asked_for(until: float, speaks: bool) -> None:
    z = {10: Z, 50: 1.0 * Z, 100: until * Z}
    assert bool(said_by("overconfident", a_run({"bce": z}, POSITIVE))) is speaks
    assert not said_by("overconfident", a_run({"bce": z}, POSITIVE, step=99))


def test_a_head_that_still_learns_is_told_so_before_anything_is_mended() -> None:
    said = advise(learning(0.33))
    assert [each.rule for each in said][:2] == ["still-learning", "underconfident"]
    fell = said[0].numbers["fell"]
    assert fell.mean == pytest.approx(0.34)
    assert fell.low == pytest.approx(0.34 - 2.776 * 0.66 * 0.0158 / math.sqrt(5), abs=1e-3)
    assert "NLL fell 34 % (33 to 35 over 5 seeds) since step 10, to .330; train" in said[0].text
    assert said[0].brief == "train bce longer: nll still fell 34 % since step 10"


@pytest.mark.parametrize("state", ["running", "paused", "starting"])
def test_a_run_under_way_is_not_told_to_train_longer(state: str) -> None:
    assert not said_by("still-learning", learning(0.33, state=state))


def test_a_step_before_the_last_is_not_told_so_and_a_run_that_was_stopped_is() -> None:
    assert said_by("still-learning", learning(0.33, state="stopped"))
    z = dict.fromkeys((0, 10, 20, 30), Z)
    nll = {"nll": {0: 0.7, 10: 0.5, 20: 0.33, 30: 0.33}}
    assert not said_by("still-learning", a_run({"bce": z}, POSITIVE, scores=nll, step=20))


def test_a_head_that_has_little_left_to_learn_is_not_told_to_go_on() -> None:
    z = dict.fromkeys((0, 10, 20), Z)
    nll = {"nll": {0: 0.7, 10: 0.02, 20: 0.01}}  # of separable rows it falls for ever
    assert not said_by("still-learning", a_run({"bce": z}, POSITIVE, scores=nll))


def test_a_head_whose_validation_rose_is_not_told_to_go_on() -> None:
    z = dict.fromkeys((0, 10, 40, 60, 80), Z)
    nll = {"nll": {0: 0.7, 10: 0.3, 40: 0.9, 60: 0.7, 80: 0.6}}
    run = a_run({"bce": z}, POSITIVE, scores=nll)
    assert said_by("validation-rose", run)
    assert not said_by("still-learning", run)
    assert said_by("still-learning", a_run({"bce": z}, POSITIVE, scores=nll, val=False))


def test_a_run_without_a_frame_near_half_of_its_steps_is_not_judged_by_its_start() -> None:
    z = dict.fromkeys((0, 100), Z)
    assert not said_by(
        "still-learning", a_run({"bce": z}, POSITIVE, scores={"nll": {0: 0.7, 100: 0.3}})
    )


def why(run: RunEvidence) -> str:
    (advice,) = said_by("stopped-by", run)
    return advice.text


def test_what_stops_logits_is_named() -> None:
    smoothed = why(growing(0.0, settings=HeadSettings(smoothing=0.1)))
    assert "label smoothing: with .100 the best logit of any row is 2.94" in smoothed
    assert "weight decay" in why(growing(0.0, settings=HeadSettings(pull=0.01)))
    assert "learning rate" in why(growing(0.0, settings=HeadSettings(falling_rate=True)))
    soft = {"loss_floor": dict.fromkeys(LATE, 0.3)}
    assert "targets" in why(growing(0.0, scores=soft))
    mixed = np.random.default_rng(0).random(len(POSITIVE)) < 0.9
    pulls = {name: dict.fromkeys(LATE, 0.5) for name in ("grad_pos", "grad_neg", "grad_share_neg")}
    noise = np.random.default_rng(2).normal(0, 0.1, Z.shape) + np.where(mixed, 0.2, 0)
    labels = a_run({"bce": over_steps(LATE, lambda step: 2.2 + noise)}, mixed, scores=pulls)
    assert "its labels" in why(labels)


def test_objects_beyond_the_wall_of_the_number_format_are_told_with_it() -> None:
    wall = a_run({"bce": {100: np.where(POSITIVE, 20.0, -20.0) + 0 * Z}}, POSITIVE)
    assert "from z = 16.6 on float32" in why(wall)
    z = {100: np.where(POSITIVE, 20.0, -20.0) + 0 * Z}
    assert not said_by("stopped-by", a_run({"bce": z}, POSITIVE, dtype="float64"))
    assert "6.24 on bfloat16" in why(a_run({"bce": z}, POSITIVE, dtype="bfloat16"))


def test_nothing_stops_logits_that_no_reason_was_measured_for() -> None:
    assert not said_by("stopped-by", growing(0.0))


def test_growth_is_that_by_which_the_logits_grow() -> None:
    (advice,) = said_by("still-growing", growing(0.7))
    assert advice.numbers["slope"].mean == pytest.approx(0.7)
    assert advice.numbers["doubling"].mean == pytest.approx(0.7 * math.log(2))


def test_the_same_function_is_said_once() -> None:
    run = two(Z + 1e-6)
    assert len([each for each in advise(run) if each.head == "mse"]) > 1
    assert [each.rule for each in told_apart(advise(run)) if each.head == "mse"] == ["heads-alike"]


def test_heads_that_differ_by_noise_alone_are_said_to() -> None:
    # Both are too sharp, by turns the one and the other.
    turns = 2 + 0.1 * np.array([1, -1, 1, -1, 0.0])[:, None]
    run = a_run({"bce": {100: 2 * Z}, "mse": {100: turns * Z}}, POSITIVE)
    (advice,) = said_by("heads-alike", run)
    assert "beyond noise over seeds" in advice.text


@pytest.mark.parametrize(("rows", "positives"), [(200, 20), (2000, 40), (4000, 2500), (9000, 9)])
def test_chance_gives_an_average_precision_as_scikit_learn_finds_it(
    rows: int, positives: int
) -> None:
    rng = np.random.default_rng(5)
    classes = np.arange(rows) < positives
    drawn = [average_precision_score(classes, rng.random(rows)) for _ in range(400)]
    assert chance_ap(rows, positives) == pytest.approx(np.quantile(drawn, 0.975), rel=0.25)
    assert chance_ap(rows, positives) > positives / rows


def test_rows_of_one_class_and_lost_heads_say_nothing_that_is_not_so() -> None:
    nothing = np.zeros(Z.shape[1], dtype=bool)
    assert not {each.rule for each in advise(one(Z, nothing))} & {"calibrated", "chance-ranking"}
    lost = advise(one(Z, lost=tuple((0, seed) for seed in range(5))))
    assert [each.rule for each in lost] == ["diverged"]


def test_settings_are_those_of_the_request_and_none_where_there_is_none() -> None:
    scenario = {
        "train": {"optimizer": "adamw", "lr": 0.1, "weight_decay": None, "schedule": "cosine"},
        "heads": [{"label_smoothing": 0.2, "lr_scale": 0.5}, {"label_smoothing": "x"}],
    }
    first, second = head_settings(json.dumps({"scenario": scenario}), 2)
    assert first == HeadSettings(0.2, pytest.approx(0.1 * 0.01 * 0.5), True)
    assert second.smoothing == 0.0


@pytest.mark.parametrize(
    "request_text",
    ["", "{}", "[]", "null", '{"scenario": 3}', '{"scenario": {"heads": 1, "train": []}}'],
)
def test_a_strange_request_has_no_settings(request_text: str) -> None:
    assert head_settings(request_text, 2) == (HeadSettings(), HeadSettings())


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("temperature", "by temperature = 3.99,"),
        ("platt", "by platt with a = .2"),
        ("isotonic", "by isotonic regression of "),
    ],
)
def test_a_calibration_after_training_is_told_with_its_numbers(method: str, words: str) -> None:
    (said,) = [
        each for each in advise(one(4 * Z, method=method)) if each.rule == "calibrated-after"
    ]
    assert words in said.text
    assert said.numbers["nll_calibrated"].mean < said.numbers["nll"].mean
    if method != "isotonic":
        assert said.numbers["ap_calibrated"].mean == said.numbers["ap"].mean
