"""What a run says about any test, against a reference in plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.claims import evaluate_claim
from objtui.measures.frames import Frame

HEADS = ("bce", "ce")
NAN, INF = math.nan, math.inf

MakeFrames = Callable[..., list[Frame]]

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
