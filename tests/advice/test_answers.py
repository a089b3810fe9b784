"""The first questions of a run are answered by what was measured, and else left out."""

from __future__ import annotations

from objtui.advice.advise import advise
from objtui.advice.answers import answers
from objtui.advice.evidence import RunEvidence
from tests.advice.cases import a_run, honest

Z, POSITIVE = honest()


def answered(run: RunEvidence, label: str = "") -> tuple[str, ...]:
    return answers(run, advise(run), label)


def test_heads_are_grouped_by_whether_they_are_calibrated_the_worst_first() -> None:
    run = a_run({"bce": {100: Z}, "mse": {100: 4 * Z}, "focal": {100: 0.3 * Z}}, POSITIVE)
    assert answered(run) == ("calibrated? overconfident: mse; underconfident: focal; yes: bce",)


def test_an_answer_that_is_that_of_all_names_none() -> None:
    assert answered(a_run({"bce": {100: Z}}, POSITIVE)) == ("calibrated? yes",)


def test_one_head_speaks_for_those_that_are_the_same_function() -> None:
    run = a_run({"bce": {100: 4 * Z}, "ce": {100: 4 * Z + 1e-9}}, POSITIVE)
    assert answered(run) == ("calibrated? overconfident",)


def test_heads_of_one_run_among_several_have_its_label() -> None:
    run = a_run({"bce": {100: Z}}, POSITIVE)
    assert answered(run, "late") == ("calibrated? yes: late:bce",)


def test_converged_is_an_nll_that_stands_still_from_half_of_the_steps_on() -> None:
    def says(nll: dict[int, float]) -> str:
        run = a_run({"bce": dict.fromkeys(nll, Z)}, POSITIVE, scores={"nll": nll})
        return answered(run)[-1]

    assert says({0: 0.7, 500: 0.30, 1000: 0.295}) == (
        "converged? yes, nll stands still since step 500"
    )
    assert says({0: 0.7, 500: 0.30, 1000: 0.24}) == (
        "converged? no, nll still falls (20 % since step 500)"
    )
    assert says({0: 0.7, 500: 0.30, 1000: 0.36}) == (
        "converged? gets worse, nll still rises (20 % since step 500)"
    )
    # Of rows that can be separated it falls for ever.
    assert "yes" in says({0: 0.7, 500: 2e-4, 1000: 1e-4})


def test_what_was_not_measured_by_half_of_the_steps_is_not_answered() -> None:
    assert all("converged" not in line for line in answered(a_run({"bce": {0: Z}}, POSITIVE)))
    late = a_run({"bce": {60: Z, 100: Z}}, POSITIVE)
    assert all("converged" not in line for line in answered(late))
