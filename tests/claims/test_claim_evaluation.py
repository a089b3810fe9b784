"""What a run says about a test, against closed forms and a reference in plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.claims import ClaimError, Verdict, evaluate_claim, evaluate_claims
from objtui.frames import Frame
from objtui.runfile.records import HeadInfo, RowCounts, RunHeader
from objtui.scores import SCORE_NAMES

HEADS = ("bce", "ce")
NAN, INF = math.nan, math.inf

MakeFrames = Callable[..., list[Frame]]


@pytest.fixture(scope="session")
def value(frames: MakeFrames) -> Callable[[str], float]:
    """A function from an expression to its value for scores that are easy to count with."""
    run = frames(
        [0, 100, 200],
        {"bce.nll": [[8.0], [4.0], [2.0]], "ce.nll": [[80.0], [40.0], [20.0]]},
    )

    def of(expression: str) -> float:
        (measured,) = evaluate_claim(f"{expression} < 0", HEADS, run).values
        assert isinstance(measured, float)
        return measured

    return of


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("bce.nll", 2),
        ("bce.nll@start", 8),
        ("bce.nll@0", 8),
        ("bce.nll@99", 8),
        ("bce.nll@100", 4),
        ("bce.nll@199", 4),
        ("bce.nll@1e9", 2),
        ("2 * bce.nll@100", 8),
        ("-bce.nll@100", -4),
        ("bce.nll@100 * 2", 8),
        ("2 * bce.nll@100 * 3", 24),
        ("1 / bce.nll@100 / 2", 1 / 8),
        ("ce.nll@start - bce.nll@start", 72),
        ("ce.nll@100 / bce.nll@start + 1", 6),
        ("2 - - bce.nll @ 100", 6),
        ("bce.nll - 3 - 4", -5),
        ("bce.nll + 3 * 4", 14),
        ("(bce.nll + 3) * 4", 20),
        ("-bce.nll * -3", 6),
        ("abs(-bce.nll)", 2),
        ("log(bce.nll) / log(2)", 1),
        ("min(bce.nll, ce.nll, 1)", 1),
        ("max(bce.nll, ce.nll, 1)", 20),
    ],
)
def test_an_at_binds_to_its_score_alone_and_arithmetic_is_pythons(
    value: Callable[[str], float], expression: str, expected: float
) -> None:
    assert value(expression) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("bce.nll / 0", INF),
        ("-bce.nll / 0", -INF),
        ("0 * bce.nll / 0", NAN),
        ("log(0 * bce.nll)", -INF),
        ("log(-bce.nll)", NAN),
        ("1e308 * bce.nll", INF),
        ("bce.ap", NAN),
        ("min(bce.nll, bce.ap)", NAN),
        ("max(bce.ap, bce.nll)", NAN),
    ],
)
def test_what_has_no_finite_value_is_inf_or_nan_and_no_error(
    value: Callable[[str], float], expression: str, expected: float
) -> None:
    assert value(expression) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("bce.nll <= 100", 0),
        ("bce.nll <= 4", 100),
        ("bce.nll < 4", 200),
        ("bce.nll < 2", INF),
        ("bce.nll < 3 and ce.nll > 100", INF),
        ("not bce.nll > 4", 100),
        ("3 < bce.nll < 5", 100),
        ("bce.nll <= bce.nll@start / 2", 100),
        ("bce.nll <= bce.nll@1e9", 200),
        ("bce.nll < 10 * first(bce.nll < 3)", 0),
        ("1 < 2", 0),
        ("2 < 1", INF),
    ],
)
def test_first_is_the_first_step_whose_frame_satisfies_the_condition(
    value: Callable[[str], float], condition: str, expected: float
) -> None:
    assert value(f"first({condition})") == expected


def test_first_passes_over_frames_that_cannot_tell(frames: MakeFrames) -> None:
    run = frames([0, 1, 2], {"bce.ap": [[NAN, 0.9, 0.1], [0.9, NAN, NAN], [0.1, NAN, 0.2]]})
    verdict = evaluate_claim("first(not bce.ap < 0.5) < 9", HEADS, run)
    assert verdict.values == (1.0, 0.0, INF)


def test_a_seed_that_diverged_is_not_taken_for_one_that_never_gets_there(
    frames: MakeFrames,
) -> None:
    run = frames([0, 1], {"bce.ap": [[0.1, 0.1], [0.2, NAN]]})
    verdict = evaluate_claim("first(bce.ap > 0.5) > 1000", HEADS, run)
    assert verdict.values == pytest.approx((INF, NAN), nan_ok=True)
    assert verdict.label == "mixed 1/2"


@settings(deadline=None)
@given(
    st.floats(-10, 10),
    st.floats(-10, 10),
    st.lists(st.integers(1, 10**6), min_size=2, max_size=30, unique=True).map(sorted),
)
def test_the_slope_of_a_line_in_ln_step_is_its_own(
    frames: MakeFrames, a: float, b: float, steps: list[int]
) -> None:
    line = [[a * math.log(step) + b, -a * math.log(step)] for step in steps]
    run = frames([0, *steps], {"bce.z_pos": [[NAN, NAN], *line]})
    verdict = evaluate_claim("slope(bce.z_pos, 0, 1e6) < 0", HEADS, run)
    # two steps next to each other at 1e6 lose as many digits as ln(step) has more than its change
    assert verdict.values == pytest.approx((a, -a), rel=1e-6, abs=1e-6)


def test_the_slope_of_scattered_scores_is_numpys(frames: MakeFrames) -> None:
    steps = np.unique(np.geomspace(1, 1e5, 60).astype(int))
    scores = np.random.default_rng(0).normal(size=(steps.size, 3))
    run = frames([0, *steps], {"ce.z_neg": [[0.0] * 3, *scores.tolist()]})
    within = (steps >= 10**3) & (steps <= 10**5)
    expected = np.polyfit(np.log(steps[within]), scores[within], 1)[0]
    verdict = evaluate_claim("slope(ce.z_neg, 1e3, 1e5) < 0", HEADS, run)
    assert verdict.values == pytest.approx(tuple(expected), rel=1e-12)


def test_both_ends_of_a_slope_are_included(frames: MakeFrames) -> None:
    run = frames([1, 10, 100, 1000], {"bce.z_pos": [[50.0], [1.0], [3.0], [50.0]]})
    verdict = evaluate_claim("slope(bce.z_pos, 10, 100) < 0", HEADS, run)
    assert verdict.values == pytest.approx((2 / math.log(10),), rel=1e-14)


def test_a_slope_over_fewer_than_two_frames_is_undefined(frames: MakeFrames) -> None:
    run = frames([0, 10, 100], {"bce.z_pos": [[1.0], [1.0], [3.0]]})
    assert evaluate_claim("slope(bce.z_pos, 11, 1000) > -1e9", HEADS, run).label == "fails"


@pytest.mark.parametrize(
    ("test", "label"),
    [
        ("bce.nll > 0", "holds"),
        ("bce.nll < 0", "fails"),
        ("bce.nll < 2.5", "mixed 2/3"),
        ("1 < bce.nll < 3", "mixed 1/3"),
        ("3 > bce.nll > 1", "mixed 1/3"),
        ("bce.nll < 1.5 or bce.nll > 2.5", "mixed 2/3"),
        ("not bce.nll < 1.5 and not bce.nll > 2.5", "mixed 1/3"),
        ("not (bce.nll < 1.5 or bce.nll > 2.5)", "mixed 1/3"),
        ("bce.nll <= 1 or bce.nll > 1 and bce.nll < 0", "mixed 1/3"),
        ("1 < 2", "holds"),
        ("2 < 1", "fails"),
    ],
)
def test_a_test_is_decided_seed_by_seed(frames: MakeFrames, test: str, label: str) -> None:
    run = frames([0], {"bce.nll": [[1.0, 2.0, 3.0]]})
    verdict = evaluate_claim(test, HEADS, run)
    assert (verdict.label, verdict.of) == (label, 3)


@pytest.mark.parametrize(
    "test",
    ["bce.ap < 1", "not bce.ap < 1", "bce.ap >= 0 or bce.nll < 9", "not (bce.nll > 9 > bce.ap)"],
)
def test_a_comparison_with_nan_refutes_in_that_seed(frames: MakeFrames, test: str) -> None:
    run = frames([0], {"bce.ap": [[0.5, NAN]], "bce.nll": [[2.0, 2.0]]})
    verdict = evaluate_claim(test.replace("not bce.ap < 1", "not bce.ap > 1"), HEADS, run)
    assert (verdict.label, verdict.holds) == ("mixed 1/2", 1)


@pytest.mark.parametrize(
    ("test", "operands", "values"),
    [
        ("bce.nll < 3", ("bce.nll",), (1.0, 2.0)),
        ("3 > 2*(bce.nll - 1)", ("2*(bce.nll - 1)",), (0.0, 2.0)),
        ("0 < bce.nll <= 3", ("bce.nll",), (1.0, 2.0)),
        ("bce.nll@start<ce.nll", ("bce.nll@start", "ce.nll"), ((1.0, 4.0), (2.0, 8.0))),
        ("bce.nll < 3 and not bce.nll < 0", ("bce.nll",), (1.0, 2.0)),
        ("ce.nll < 3 or bce.nll > 0", ("ce.nll", "bce.nll"), ((4.0, 1.0), (8.0, 2.0))),
        ("first(bce.nll > 1) < 3", ("first(bce.nll > 1)",), (INF, 0.0)),
        ("-1 < abs(-2) * 3", (), ((), ())),
    ],
)
def test_values_are_those_of_the_operands_that_depend_on_the_run(
    frames: MakeFrames, test: str, operands: tuple[str, ...], values: tuple[object, ...]
) -> None:
    run = frames([0], {"bce.nll": [[1.0, 2.0]], "ce.nll": [[4.0, 8.0]]})
    verdict = evaluate_claim(test, HEADS, run)
    assert verdict.operands == operands
    assert verdict.values == values


def test_live_frames_are_passed_over(frames: MakeFrames) -> None:
    scheduled = frames([0, 20], {"bce.nll": [[3.0], [2.0]]})
    live = frames([10, 30], {"bce.nll": [[9.0], [9.0]]}, scheduled=False)
    run = [scheduled[0], live[0], scheduled[1], live[1]]
    assert evaluate_claim("bce.nll < 2.5", HEADS, run).values == (2.0,)
    assert evaluate_claim("bce.nll@10 < 5", HEADS, run).values == (3.0,)
    assert evaluate_claim("first(bce.nll > 5) < 15", HEADS, run).values == (INF,)


@pytest.mark.parametrize(
    "test",
    [
        "bce.nll < 1",
        "bce.nll@start < 1",
        "bce.nll@5 < 1",
        "first(bce.nll < 1) > 5",
        "slope(bce.nll, 1, 9) < 1",
        "not bce.nll < 1",
    ],
)
def test_without_a_frame_a_claim_fails_and_its_values_are_undefined(test: str) -> None:
    verdict = evaluate_claim(test, HEADS, [], seeds=2)
    assert (verdict.label, verdict.holds, verdict.of) == ("fails", 0, 2)
    assert verdict.values == pytest.approx((NAN, NAN), nan_ok=True)


def test_without_a_frame_even_a_test_of_plain_numbers_fails() -> None:
    assert evaluate_claim("1 < 2", HEADS, [], seeds=2).label == "fails"


def _header(claims: tuple[tuple[str, str], ...]) -> RunHeader:
    return RunHeader(
        run="r",
        scenario="s.toml",
        title="t",
        question="",
        device="cpu",
        dtype="float32",
        threads=1,
        steps=10,
        seeds=(0, 1),
        heads=tuple(HeadInfo(name, "bce", 1, "bce") for name in HEADS),
        train=RowCounts(10, 5),
        val=None,
        features=1,
        claims=claims,
        score_names=SCORE_NAMES,
        versions={},
        created_at=0.0,
    )


def test_the_claims_of_a_run_are_judged_in_order(frames: MakeFrames) -> None:
    header = _header((("small", "bce.nll < 1.5"), ("equal", "abs(bce.nll - ce.nll) <= 1e-3")))
    run = frames([0], {"bce.nll": [[1.0, 2.0]], "ce.nll": [[1.0, 2.0]]})
    assert evaluate_claims(header, run) == [
        Verdict("small", "bce.nll < 1.5", "mixed", 1, 2, ("bce.nll",), (1.0, 2.0)),
        Verdict(
            "equal",
            "abs(bce.nll - ce.nll) <= 1e-3",
            "holds",
            2,
            2,
            ("abs(bce.nll - ce.nll)",),
            (0.0, 0.0),
        ),
    ]
    assert [verdict.of for verdict in evaluate_claims(header, [])] == [2, 2]


def test_a_run_file_with_a_test_of_another_language_is_refused() -> None:
    with pytest.raises(ClaimError, match="column 1"):
        evaluate_claims(_header((("x", "exec(1) < 2"),)), [])


# A reference: each generated expression carries its text and its meaning in plain Python,
# for one seed, as a function of the frame that a bare score is taken from.

STEPS = [0, 1, 5, 40]
SEEDS = 3
SCORES = ("nll", "ap")
Run = dict[str, list[list[float]]]


@dataclass(frozen=True)
class Pair:
    """A text and its meaning: of (run, seed, frame), a float or (holds, met a NaN)."""

    text: str
    meaning: Callable[[Run, int, int], object]


def _divided(left: float, right: float) -> float:
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left):
        return NAN
    return math.copysign(INF, left) * math.copysign(1, right)


def _logarithm(x: float) -> float:
    if x == 0:
        return -INF
    return float(np.log(x)) if x > 0 else NAN


def _picked(pick: Callable[[float, float], float], x: float, y: float) -> float:
    return NAN if math.isnan(x) or math.isnan(y) else pick(x, y) + 0.0  # one zero, not two


ARITHMETIC = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": _divided,
}
ORDERS = {
    "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y,
    ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y,
}


@st.composite
def scores(draw: st.DrawFn) -> Pair:
    name = f"{draw(st.sampled_from(HEADS))}.{draw(st.sampled_from(SCORES))}"
    moment = draw(st.sampled_from(["", "@start", "@0", "@3", "@5", "@39", "@1e6"]))
    if not moment:
        return Pair(name, lambda run, seed, frame: run[name][frame][seed])
    last = 0 if moment == "@start" else float(moment[1:])
    fixed = max(index for index, step in enumerate(STEPS) if step <= last)
    return Pair(f"{name}{moment}", lambda run, seed, frame: run[name][fixed][seed])


@st.composite
def constants(draw: st.DrawFn) -> Pair:
    number = draw(st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0, 1e-3]))
    return Pair(f"{number:g}", lambda run, seed, frame: number)


def numbers(conditions: st.SearchStrategy[Pair] | None = None) -> st.SearchStrategy[Pair]:
    leaves = st.one_of(scores(), constants())
    if conditions is not None:
        leaves = st.one_of(leaves, conditions.map(_first))
    return st.recursive(leaves, _larger, max_leaves=5)


def _first(condition: Pair) -> Pair:
    def meaning(run: Run, seed: int, _: int) -> float:
        unknown = False
        for frame, step in enumerate(STEPS):
            holds, unknown = condition.meaning(run, seed, frame)
            if holds and not unknown:
                return float(step)
        return NAN if unknown else INF

    return Pair(f"first({condition.text})", meaning)


def _larger(parts: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    def negated(x: Pair) -> Pair:
        return Pair(f"-({x.text})", lambda *at: -x.meaning(*at))

    def joined(x: Pair, sign: str, y: Pair) -> Pair:
        operation = ARITHMETIC[sign]
        return Pair(
            f"({x.text}) {sign} ({y.text})", lambda *at: operation(x.meaning(*at), y.meaning(*at))
        )

    def picked(name: str, x: Pair, y: Pair) -> Pair:
        pick = {"min": min, "max": max}[name]
        return Pair(
            f"{name}({x.text}, {y.text}) + 0",
            lambda *at: _picked(pick, x.meaning(*at), y.meaning(*at)),
        )

    def called(name: str, x: Pair) -> Pair:
        function = {"abs": abs, "log": _logarithm}[name]
        return Pair(f"{name}({x.text})", lambda *at: function(x.meaning(*at)))

    return st.one_of(
        st.builds(negated, parts),
        st.builds(joined, parts, st.sampled_from(sorted(ARITHMETIC)), parts),
        st.builds(picked, st.sampled_from(["min", "max"]), parts, parts),
        st.builds(called, st.sampled_from(["abs", "log"]), parts),
    )


def truths(operands: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    def compared(sides: list[Pair], orders: list[str]) -> Pair:
        orders = orders[: len(sides) - 1]
        text = sides[0].text + "".join(
            f" {order} {side.text}" for order, side in zip(orders, sides[1:], strict=True)
        )

        def meaning(*at: object) -> tuple[bool, bool]:
            values = [side.meaning(*at) for side in sides]
            links = zip(orders, values[:-1], values[1:], strict=True)
            holds = all(ORDERS[order](left, right) for order, left, right in links)
            return holds, any(math.isnan(value) for value in values)

        return Pair(text, meaning)

    def negated(x: Pair) -> Pair:
        def meaning(*at: object) -> tuple[bool, bool]:
            holds, unknown = x.meaning(*at)
            return not holds, unknown

        return Pair(f"not ({x.text})", meaning)

    def joined(x: Pair, word: str, y: Pair) -> Pair:
        def meaning(*at: object) -> tuple[bool, bool]:
            (left, left_unknown), (right, right_unknown) = x.meaning(*at), y.meaning(*at)
            holds = (left and right) if word == "and" else (left or right)
            return holds, left_unknown or right_unknown

        return Pair(f"({x.text}) {word} ({y.text})", meaning)

    order_lists = st.lists(st.sampled_from(sorted(ORDERS)), min_size=2, max_size=2)
    comparisons = st.builds(compared, st.lists(operands, min_size=2, max_size=3), order_lists)
    return st.recursive(
        comparisons,
        lambda parts: st.one_of(
            st.builds(negated, parts),
            st.builds(joined, parts, st.sampled_from(["and", "or"]), parts),
        ),
        max_leaves=3,
    )


TESTS = truths(numbers(truths(numbers()))).filter(lambda pair: len(pair.text) <= 500)
VALUES = st.sampled_from([0.0, 0.5, 1.0, 2.0, -3.0, 1e-3, 1e200, INF, -INF, NAN])
ROWS = st.lists(
    st.lists(VALUES, min_size=SEEDS, max_size=SEEDS), min_size=len(STEPS), max_size=len(STEPS)
)
RUNS = st.fixed_dictionaries({f"{head}.{score}": ROWS for head in HEADS for score in SCORES})


@settings(deadline=None)
@given(TESTS, RUNS)
def test_any_test_means_what_plain_python_says(frames: MakeFrames, pair: Pair, run: Run) -> None:
    verdict = evaluate_claim(pair.text, HEADS, frames(STEPS, run))
    decided = [pair.meaning(run, seed, len(STEPS) - 1) for seed in range(SEEDS)]
    assert verdict.holds == sum(holds and not unknown for holds, unknown in decided)


FLAT = st.lists(
    st.tuples(
        st.sampled_from(["", "-", "--"]),
        st.sampled_from(["bce.nll", "bce.nll@start", "ce.nll@100", "3", "0.5"]),
        st.sampled_from(["+", "-", "*", "/"]),
    ),
    min_size=1,
    max_size=8,
)


@settings(deadline=None)
@given(FLAT)
def test_precedence_without_parentheses_is_pythons(
    value: Callable[[str], float], words: list[tuple[str, str, str]]
) -> None:
    text = " ".join(f"{unary}{operand} {sign}" for unary, operand, sign in words) + " bce.nll"
    plain = text.replace("bce.nll@start", "8.0").replace("ce.nll@100", "40.0")
    plain = plain.replace("bce.nll", "2.0")
    assert value(text) == eval(plain, {"__builtins__": {}})
