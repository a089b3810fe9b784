"""The first questions of runs are answered by what was measured, and else left out."""

from __future__ import annotations

import numpy as np

from objtui.advice.advise import advise
from objtui.advice.answers import HeadFacts, RunFacts, answers, facts_of
from objtui.advice.evidence import RunEvidence
from tests.advice.cases import a_run, honest

Z, POSITIVE = honest()


def answered(*runs: RunEvidence, labels: tuple[str, ...] = ("",)) -> dict[str, str]:
    facts = [facts_of(run, advise(run)) for run in runs]
    said = answers(dict(zip(labels, facts, strict=True)), labels[0])
    return {each.question: each.words for each in said}


def of_heads(*heads: HeadFacts, to_do: str = "") -> dict[str, str]:
    return {each.question: each.words for each in answers({"": RunFacts(100, heads, to_do)})}


def a_head(
    name: str,
    calibrated: str = "",
    converged: str = "",
    *,
    change: float = 0.0,
    saturated: tuple[float, float] = (0.5, 0.5),
    logit: tuple[float, float] = (3.0, -3.0),
) -> HeadFacts:
    return HeadFacts(name, calibrated, converged, change, saturated, logit)


def test_heads_are_grouped_by_whether_they_are_calibrated_the_worst_first() -> None:
    run = a_run({"bce": {100: Z}, "mse": {100: 4 * Z}, "focal": {100: 0.3 * Z}}, POSITIVE)
    said = answered(run)["calibrated?"]
    assert said == "overconfident: mse; underconfident: focal; yes: bce"


def test_an_answer_that_is_that_of_all_names_none() -> None:
    assert answered(a_run({"bce": {100: Z}}, POSITIVE))["calibrated?"] == "yes"


def test_one_head_speaks_for_those_that_are_the_same_function() -> None:
    run = a_run({"bce": {100: 4 * Z}, "ce": {100: 4 * Z + 1e-9}}, POSITIVE)
    assert answered(run)["calibrated?"] == "overconfident"


def test_of_too_many_heads_the_largest_group_goes_by_its_number() -> None:
    heads = [a_head(f"h{number}", "no" if number else "yes") for number in range(6)]
    assert of_heads(*heads)["calibrated?"] == "yes: h0; no: the 5 others"
    only = [a_head(f"h{number}", "no" if number < 5 else "") for number in range(6)]
    assert of_heads(*only)["calibrated?"] == "no: h0, h1, h2 and 2 more"


def test_heads_of_one_run_among_several_have_its_label_and_a_whole_run_goes_by_it() -> None:
    sound = a_run({"bce": {100: Z}, "mse": {100: Z + 0.01}}, POSITIVE)
    mixed = a_run({"bce": {100: Z}, "mse": {100: 4 * Z}}, POSITIVE)
    said = answered(sound, mixed, labels=("late", "early"))
    assert said["calibrated?"] == "overconfident: early:mse; yes: late, early:bce"
    assert said["what to do?"].startswith("late: nothing needs mending")
    assert "; early: mse is overconfident: divide its logits by " in said["what to do?"]


def test_a_run_that_is_miscalibrated_is_not_said_to_need_nothing() -> None:
    run = a_run({"bce": {100: np.where(Z > 0, 1.9 * Z, Z / 2)}}, POSITIVE)
    said = answered(run)
    assert said["calibrated?"] == "no"
    assert said["what to do?"].startswith("bce is miscalibrated (ECE ")
    assert said["what to do?"].endswith("), which no temperature mends; nothing else needs mending")


def test_the_run_in_focus_comes_first_in_what_to_do_and_sound_ones_are_only_named() -> None:
    runs = {label: RunFacts(100, (), "nothing needs mending; …") for label in "abc"}
    runs["d"] = RunFacts(100, (), "stop it")
    (said,) = answers(runs, "b")
    assert said.words == "b: nothing needs mending; …; d: stop it; a, c: nothing needs mending"


def test_the_most_extreme_head_has_most_of_a_class_saturated() -> None:
    said = of_heads(
        a_head("bce", saturated=(0.3, 0.97)),
        a_head("mse", saturated=(0.6, 0.8)),
        a_head("lost", saturated=(float("nan"), float("nan"))),
    )
    assert said["most extreme?"] == "mse (60 % of objects saturated), bce (97 % of background)"
    same = of_heads(a_head("bce", saturated=(0.6, 0.97)), a_head("mse", saturated=(0.3, 0.8)))
    assert same["most extreme?"] == "bce (60 % of objects saturated and 97 % of background)"


def test_where_shares_are_alike_the_largest_mean_logit_decides() -> None:
    all_of_it = (1.0, 1.0)
    near = a_head("mse", saturated=all_of_it, logit=(9.0, -8.0))
    said = of_heads(a_head("bce", saturated=all_of_it, logit=(450.2, -4.0)), near)
    assert said["most extreme?"] == "bce (objects at z 450), mse (background at z −8.0)"
    alike = of_heads(a_head("bce", saturated=all_of_it, logit=(9.1, -8.1)), near)
    assert (
        alike["most extreme?"] == "all alike (100 % of objects saturated and 100 % of background)"
    )


def test_a_head_alone_is_as_extreme_as_it_is() -> None:
    said = of_heads(a_head("bce", saturated=(0.25, 0.5)))
    assert said["most extreme?"] == "25 % of objects saturated and 50 % of background"


def test_converged_is_an_nll_that_stands_still_from_half_of_the_steps_on() -> None:
    def says(nll: dict[int, float]) -> str:
        run = a_run({"bce": dict.fromkeys(nll, Z)}, POSITIVE, scores={"nll": nll})
        return answered(run)["converged?"]

    assert says({0: 0.7, 500: 0.30, 1000: 0.295}) == "yes, nll stands still since step 500"
    assert says({0: 0.7, 500: 0.30, 1000: 0.24}) == "no, nll fell 20 % since step 500"
    assert says({0: 0.7, 500: 0.30, 1000: 0.36}) == "gets worse, nll rose 20 % since step 500"
    run = a_run(
        {"bce": dict.fromkeys((0, 5, 10), Z)}, POSITIVE, scores={"nll": {0: 0, 5: 0, 10: 1}}
    )
    assert "converged?" not in answered(run)  # there is no share of 0
    # Of rows that can be separated it falls for ever.
    assert "yes" in says({0: 0.7, 500: 2e-4, 1000: 1e-4})


def test_a_head_that_diverged_has_not_converged() -> None:
    said = of_heads(a_head("bce", converged="yes"), a_head("mse", converged="diverged"))
    assert said["converged?"] == "diverged: mse; yes: bce; nll stands still since step 50"
    assert of_heads(a_head("mse", converged="diverged"))["converged?"] == "diverged"


def test_runs_of_other_lengths_have_their_own_halves() -> None:
    heads = (a_head("bce", converged="no", change=-0.3),)
    runs = {"long": RunFacts(1000, heads, ""), "short": RunFacts(100, heads, "")}
    said = {each.question: each.words for each in answers(runs)}
    assert said["converged?"] == "no: long, short; nll fell up to 30 % since half of the steps"


def test_what_was_not_measured_by_half_of_the_steps_is_not_answered() -> None:
    assert "converged?" not in answered(a_run({"bce": {0: Z}}, POSITIVE))
    assert "converged?" not in answered(a_run({"bce": {60: Z, 100: Z}}, POSITIVE))
