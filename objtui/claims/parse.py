"""From the text of a test to its tree, over Python's parser with a closed list of nodes."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NoReturn

from objtui.claims.language import FUNCTIONS
from objtui.claims.tokens import ClaimError, Source
from objtui.claims.tree import (
    Arithmetic,
    Comparison,
    Constant,
    First,
    Function,
    FunctionName,
    Joined,
    Negative,
    Not,
    Number,
    Operand,
    Order,
    ScoreOf,
    Sign,
    Slope,
    Truth,
)
from objtui.measures.scores import (
    CALIBRATION_SCORE_NAMES,
    DETECTOR_SCORE_NAMES,
    SCORE_NAMES,
)
from objtui.text.nearest import nearest

MAX_DEPTH = 60
"""Nodes below one another; a sum of that many terms is as deep."""

_SIGNS: dict[type[ast.operator], Sign] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
_ORDERS: dict[type[ast.cmpop], Order] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_FUNCTIONS: dict[str, FunctionName] = {"abs": "abs", "log": "log", "min": "min", "max": "max"}
_CALLS = tuple(FUNCTIONS)

NEEDS_DETECTOR = 'only a run with backbone = "conv" has it'

NEEDS_CALIBRATION = "only a run with calibrate.method has it, at its end"


def check_claim(
    test: str, head_names: Sequence[str], score_names: tuple[str, ...] = SCORE_NAMES
) -> None:
    """Raise ClaimError where `test` is no test over these scores of these heads.

    It names every unknown head and score at once.
    """
    parse_claim(test, tuple(head_names), score_names)


@lru_cache(maxsize=256)
def parse_claim(
    test: str, head_names: tuple[str, ...], score_names: tuple[str, ...] = SCORE_NAMES
) -> Truth:
    """The tree of a test over these scores, with heads as positions; raises ClaimError."""
    source = Source(test)
    lowering = _Lowering(source, head_names, score_names)
    tree = lowering.truth(_parsed(source), 0)
    lowering.refuse_unknown_names()
    return tree


def _parsed(source: Source) -> ast.expr:
    try:
        return ast.parse(source.python, mode="eval").body
    except SyntaxError as error:
        # Python counts columns from 1 and gives 0 for the end
        token = source.token_at(error.offset - 1) if error.offset else None
        if token is None:
            raise ClaimError("the test ends too early", len(source.test) + 1) from None
        raise ClaimError(f"'{token.text}' does not fit here", token.column) from None
    except (RecursionError, MemoryError):
        raise ClaimError("the test is nested too deeply", 1) from None


class _Lowering:
    """Python's tree → ours, one method per kind of value; every other node is refused."""

    def __init__(
        self, source: Source, head_names: tuple[str, ...], score_names: tuple[str, ...]
    ) -> None:
        self._source = source
        self._head_names = head_names
        self._score_names = score_names
        self._unknown: dict[str, ClaimError] = {}  # by message, so each name once

    def refuse_unknown_names(self) -> None:
        """Raise ClaimError where the tree was made with stand-ins for unknown names."""
        if self._unknown:
            first, *more = self._unknown.values()
            raise ClaimError(first.message, first.column, more)

    def truth(self, node: ast.expr, depth: int) -> Truth:
        self._check_depth(node, depth)
        match node:
            case ast.Compare(left=left, ops=ops, comparators=others):
                orders = tuple(_ORDERS[type(op)] for op in ops if type(op) in _ORDERS)
                if len(orders) != len(ops):
                    self._refuse(node, "comparisons are < <= > >=")
                operands = tuple(self._operand(side, depth + 1) for side in (left, *others))
                return Comparison(operands, orders)
            case ast.BoolOp(op=op, values=values):
                word: Literal["and", "or"] = "and" if isinstance(op, ast.And) else "or"
                return Joined(word, tuple(self.truth(value, depth + 1) for value in values))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(self.truth(operand, depth + 1))
        self.number(node, depth)  # what is wrong within comes first
        self._refuse(node, "a comparison is expected, such as ce.gap < 1e-2; this is a number")

    def number(self, node: ast.expr, depth: int) -> Number:
        self._check_depth(node, depth)
        match node:
            case ast.Constant(value=float(value)):
                return Constant(value)
            case ast.Attribute() as score:
                return ScoreOf(*self._head_and_score(score), "here")
            case ast.BinOp(left=ast.Attribute() as score, op=ast.Pow(), right=moment):
                return ScoreOf(*self._head_and_score(score), self._moment(moment))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
                sign = _SIGNS[type(op)]
                return Arithmetic(sign, self.number(left, depth + 1), self.number(right, depth + 1))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Negative(self.number(operand, depth + 1))
            case ast.Call():
                return self._call(node, depth)
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                self._refuse(node, "a number is expected, and this is a comparison")
            case ast.UnaryOp(op=ast.UAdd()):
                self._refuse(node, "a '+' before a number is refused: leave it out")
            case ast.Name(id=name):
                self._refuse(node, self._bare_name(name))
            case ast.Tuple():
                self._refuse(node, "parentheses hold one value; ',' is only for functions")
            case ast.Starred():
                self._refuse(node, "'*' stands between two numbers")
        self._refuse(node, "this is no part of a test")

    def _operand(self, node: ast.expr, depth: int) -> Operand:
        end = node.end_col_offset or node.col_offset + 1
        return Operand(self.number(node, depth), self._source.text_between(node.col_offset, end))

    def _call(self, node: ast.Call, depth: int) -> Number:
        if not isinstance(node.func, ast.Name) or node.func.id not in _CALLS:
            called = node.func.id if isinstance(node.func, ast.Name) else ""
            self._refuse(node, f"only {', '.join(_CALLS)} can be called{_hint(called, _CALLS)}")
        name, arguments = node.func.id, node.args
        if node.keywords:
            self._refuse(node, f"the arguments of {name} have no names")
        if name == "first":
            if len(arguments) != 1:
                self._refuse(node, "first has one argument, as in first(bce.recall >= 0.5)")
            return First(self.truth(arguments[0], depth + 1))
        if name == "slope":
            return self._slope(node)
        if name in {"abs", "log"} and len(arguments) != 1:
            self._refuse(node, f"{name} has one argument")
        if name in {"min", "max"} and len(arguments) < 2:
            self._refuse(node, f"{name} has two arguments or more")
        numbers = tuple(self.number(argument, depth + 1) for argument in arguments)
        return Function(_FUNCTIONS[name], numbers)

    def _slope(self, node: ast.Call) -> Slope:
        match node.args:
            case [
                ast.Attribute() as score,
                ast.Constant(value=float(low)),
                ast.Constant(value=float(high)),
            ]:
                if not max(low, 1.0) < high:
                    self._refuse(node.args[2], "the second step of slope is above the first, and 1")
                return Slope(*self._head_and_score(score), low, high)
        self._refuse(node, "slope has a score and two steps, as in slope(bce.z_pos, 1e3, 1e5)")

    def _head_and_score(self, node: ast.Attribute) -> tuple[int, str]:
        """The position of the head of `head.score`, and the score's name.

        The underscores of `Source.python` come off here.

        An unknown name is noted, and stands at 0 until all of the test is read.
        """
        if not isinstance(node.value, ast.Name):
            self._refuse(node, "a score is head.score, as bce.nll")
        head, score = node.value.id[1:], node.attr[1:]
        names: tuple[tuple[str, str, Sequence[str], int], ...] = (
            ("head", head, self._head_names, node.col_offset),
            (
                "score",
                score,
                self._score_names,
                (node.end_col_offset or node.col_offset) - len(node.attr),
            ),
        )
        for kind, name, existing, offset in names:
            if name not in existing:
                reason = f"no {kind} is called '{name}'{_hint(name, existing)}"
                if kind == "score" and name in DETECTOR_SCORE_NAMES:
                    reason = f"score '{name}' is of detections: {NEEDS_DETECTOR}"
                if kind == "score" and name in CALIBRATION_SCORE_NAMES:
                    reason = f"score '{name}' is of a calibration: {NEEDS_CALIBRATION}"
                error = self._error(offset, reason)
                self._unknown.setdefault(error.message, error)
        if self._unknown:
            return 0, score
        return self._head_names.index(head), score

    def _moment(self, node: ast.expr) -> float | Literal["start"]:
        match node:
            case ast.Constant(value=float(step)):
                return step
            case ast.Name(id="start"):
                return "start"
        self._refuse(node, "behind '@' stands a whole step, as in @100, or start")

    def _bare_name(self, name: str) -> str:
        if name in _CALLS:
            return f"'{name}' is a function and wants its arguments in parentheses"
        example = f"{self._head_names[0] if self._head_names else 'head'}."
        if name in self._score_names:
            return f"'{name}' is a score of a head: write {example}{name}"
        if name in self._head_names:
            return f"'{name}' is a head: write a score of it, as {name}.nll"
        return f"'{name}' is unknown: a score is head.score, as {example}nll"

    def _check_depth(self, node: ast.expr, depth: int) -> None:
        if depth > MAX_DEPTH:
            self._refuse(node, f"the test is nested more than {MAX_DEPTH} deep")

    def _refuse(self, node: ast.expr, message: str) -> NoReturn:
        first, *more = *self._unknown.values(), self._error(node.col_offset, message)
        raise ClaimError(first.message, first.column, more)

    def _error(self, offset: int, message: str) -> ClaimError:
        token = self._source.token_at(offset)
        return ClaimError(message, 1 if token is None else token.column)


def _hint(name: str, names: Sequence[str]) -> str:
    """What to add to a message about an unknown name."""
    if near := nearest(name, names):
        return f"; did you mean '{near}'?"
    return f"; known are {', '.join(names)}" if name and names else ""
