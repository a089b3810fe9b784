"""A parsed test as frozen nodes: numbers, and truths made of comparisons of numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Sign = Literal["+", "-", "*", "/"]
Order = Literal["<", "<=", ">", ">="]
FunctionName = Literal["abs", "log", "min", "max"]


@dataclass(frozen=True, slots=True)
class Constant:
    """A number of the test itself."""

    value: float


@dataclass(frozen=True, slots=True)
class ScoreOf:
    """A score, by its name, of the head at a position in the run.

    `at` is "here" for the end of the run, or for the frame looked at within
    `First`; "start" for the first frame; a step for the last frame up to it.
    """

    head: int
    score: str
    at: float | Literal["here", "start"]


@dataclass(frozen=True, slots=True)
class Negative:
    """Unary minus."""

    operand: Number


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two numbers joined by an operator."""

    sign: Sign
    left: Number
    right: Number


@dataclass(frozen=True, slots=True)
class Function:
    """A function of numbers; `abs` and `log` have one argument, `min` and `max` two or more."""

    name: FunctionName
    arguments: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class First:
    """The first step whose frame satisfies the condition."""

    condition: Truth


@dataclass(frozen=True, slots=True)
class Slope:
    """The slope of a score against ln(step) between two steps, both included."""

    head: int
    score: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a comparison, with the characters of the test that say it."""

    number: Number
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Operands with an order between each and the next: one more operand than orders."""

    operands: tuple[Operand, ...]
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """Truths that must all hold ("and"), or of which one must ("or")."""

    word: Literal["and", "or"]
    parts: tuple[Truth, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a truth."""

    part: Truth


Number: TypeAlias = Constant | ScoreOf | Negative | Arithmetic | Function | First | Slope
Truth: TypeAlias = Comparison | Joined | Not


def measured_operands(truth: Truth) -> tuple[Operand, ...]:
    """The operands that depend on the run, in order, each once; not those within `first`."""
    match truth:
        case Comparison(operands=operands):
            measured = [operand for operand in operands if _depends_on_run(operand.number)]
        case Joined(parts=parts):
            measured = [operand for part in parts for operand in measured_operands(part)]
        case Not(part=part):
            measured = list(measured_operands(part))
    return tuple({operand.number: operand for operand in reversed(measured)}.values())[::-1]


def _depends_on_run(number: Number) -> bool:
    match number:
        case Constant():
            return False
        case Negative(operand=operand):
            return _depends_on_run(operand)
        case Arithmetic(left=left, right=right):
            return _depends_on_run(left) or _depends_on_run(right)
        case Function(arguments=arguments):
            return any(map(_depends_on_run, arguments))
        case ScoreOf() | First() | Slope():
            return True


def scores_of(node: Truth | Number) -> Iterator[str]:
    """The names of the scores that a test asks for, those within `first` too."""
    match node:
        case ScoreOf(score=score) | Slope(score=score):
            yield score
        case Comparison(operands=operands):
            parts: tuple[Truth | Number, ...] = tuple(operand.number for operand in operands)
            yield from (score for part in parts for score in scores_of(part))
        case Joined(parts=truths):
            yield from (score for part in truths for score in scores_of(part))
        case Not(part=part):
            yield from scores_of(part)
        case Negative(operand=operand):
            yield from scores_of(operand)
        case Arithmetic(left=left, right=right):
            yield from (*scores_of(left), *scores_of(right))
        case Function(arguments=arguments):
            yield from (score for part in arguments for score in scores_of(part))
        case First(condition=condition):
            yield from scores_of(condition)
        case Constant():
            return
