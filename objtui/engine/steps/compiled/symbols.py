"""Pointwise functions of tensors turned into C, by calling them with symbols.

Losses, activations and optimisers are written once, as operations on tensors. Called with symbols
in the place of tensors they leave behind the lines of C that do the same to one element each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, cast

if TYPE_CHECKING:
    from torch import Tensor


class UntraceableError(Exception):
    """A function does what has no form in C here."""


UNIFORM, REAL, FLAG = "double", "real", "int"
"""Kinds of a symbol: one number for all elements of a step, a number or a truth of each."""

_UNARY = {
    "neg": "-{0}",
    "exp": "EXP({0})",
    "log": "LOG({0})",
    "log1p": "LOG1P({0})",
    "sqrt": "SQRT({0})",
    "tanh": "TANH({0})",
    "erf": "ERF({0})",
    "abs": "ABS({0})",
    "square": "{0} * {0}",
    "sign": "{0} != {0} ? {0} : ({0} > 0) - ({0} < 0)",
    "sigmoid": "1 / (1 + EXP(-{0}))",
    "relu": "{0} < 0 ? 0 : {0}",  # of NaN NaN
    "silu": "{0} / (1 + EXP(-{0}))",
    "special_ndtr": "HALF * (1 + ERF({0} * SQRT_HALF))",
    "gelu": "{0} * HALF * (1 + ERF({0} * SQRT_HALF))",
    "reciprocal": "1 / {0}",
    "logical_not": "!{0}",
}
_BINARY = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "div": "{0} / {1}",
    "pow": "POW({0}, {1})",
    "maximum": "{0} > {1} || {0} != {0} ? {0} : {1}",
    "minimum": "{0} < {1} || {0} != {0} ? {0} : {1}",
    "logaddexp": "LOGADDEXP({0}, {1})",
}
_COMPARING = {
    "lt": "{0} < {1}",
    "le": "{0} <= {1}",
    "gt": "{0} > {1}",
    "ge": "{0} >= {1}",
    "eq": "{0} == {1}",
    "ne": "{0} != {1}",
    "logical_and": "{0} && {1}",
    "logical_or": "{0} || {1}",
}
_SAME = {"clone", "contiguous", "detach"}
_OTHER_NAMES = {"true_divide": "div", "multiply": "mul", "subtract": "sub", "clip": "clamp"}


class Trace:
    """Lines of C, in the order in which symbols were computed.

    Args:
        constants: numbers that occur, given to the compiled code at each call: programs that
            differ in them alone are one. Those of this trace are added.
        prefix: of the names of its variables.
    """

    def __init__(self, constants: list[float], prefix: str) -> None:
        self._constants = constants
        self._prefix = prefix
        self._elements: list[str] = []
        self._uniform: list[str] = []
        self._names: dict[tuple[str, str], str] = {}

    @property
    def uniform_text(self) -> str:
        """What is computed once a step, before any element."""
        return "\n".join(self._uniform)

    @property
    def element_text(self) -> str:
        """What is computed for every element."""
        return "\n".join(self._elements)

    @property
    def text(self) -> str:
        """All of it, where it is the same whether computed once or for every element."""
        return "\n".join([*self._uniform, *self._elements])

    def tensor(self, name: str, kind: str = REAL) -> Tensor:
        """A variable of the surrounding code, for functions that take tensors."""
        return cast("Tensor", Symbol(self, name, kind))

    def code(self, value: Tensor) -> str:
        """The variable that holds what became of one."""
        symbol = cast("Symbol", value)
        return symbol.name

    def constant(self, value: float) -> Symbol:
        """A number; small whole ones stand in the program."""
        if value in (0, 1, 2, -1):
            return Symbol(self, f"{int(value)}.0", UNIFORM)  # whole ones would divide as such
        self._constants.append(float(value))
        return Symbol(self, f"constants[{len(self._constants) - 1}]", UNIFORM)

    def compute(self, expression: str, kind: str) -> Symbol:
        """The value of an expression; the same variable for the same expression."""
        key = (expression, kind)
        if key not in self._names:
            self._names[key] = name = f"{self._prefix}{len(self._names)}"
            lines = self._uniform if kind == UNIFORM else self._elements
            lines.append(f"const {kind} {name} = {expression};")
        return Symbol(self, self._names[key], kind)


class Symbol:
    """Stands for a tensor while a pointwise function is traced."""

    def __init__(self, trace: Trace, name: str, kind: str) -> None:
        self._trace = trace
        self.name = name
        self.kind = kind

    @classmethod
    def __torch_function__(
        cls,
        function: Callable[..., object],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Symbol:
        """What functions of torch do to symbols: what the methods of the same names do."""
        given = dict(kwargs or {})
        name = function.__name__.removesuffix(".grad_input")
        place = given.pop("grad_input", None)
        if given.pop("inplace", False):
            place = args[0]
        if name == "where":
            condition, if_true, if_false = args
            trace: Trace = condition._trace
            value = if_true if isinstance(if_true, Symbol) else trace.constant(if_true)
            return value._apply("where", condition, if_false)
        result: Symbol = args[0]._apply(name, *args[1:], **given)
        return result if place is None else place.copy_(result)

    def __getattr__(self, name: str) -> Callable[..., Symbol]:
        if name.startswith("__"):
            raise AttributeError(name)

        def method(*args: Any, **kwargs: Any) -> Symbol:
            return self._apply(name, *args, **kwargs)

        return method

    def _apply(self, name: str, *args: Any, **kwargs: Any) -> Symbol:
        in_place = name.endswith("_") and not name.endswith("__")
        base = name.removesuffix("_") if in_place else name
        result = self._operation(_OTHER_NAMES.get(base, base), args, kwargs)
        return self.copy_(result) if in_place else result

    def _operation(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Symbol:
        operands = [self, *(self._operand(value) for value in args if not _is_setting(value))]
        if name in _UNARY and len(operands) == 1:
            return self._compute(_UNARY[name], operands)
        if name in _BINARY and len(operands) == 2:
            if alpha := kwargs.pop("alpha", None):
                operands[1] = operands[1] * alpha
            return self._compute(_BINARY[name], operands)
        if name in _COMPARING and len(operands) == 2:
            return self._compute(_COMPARING[name], operands, truth=True)
        if name in _SAME or name == "to":
            return self
        if name == "new_zeros":
            return self._trace.constant(0)
        if name in ("copy", "new_full"):
            return operands[1]
        if name == "addcmul":
            return self + operands[1] * operands[2] * self._operand(kwargs.get("value", 1))
        if name == "lerp":
            end, weight = operands[1:]
            return self + weight * (end - self)
        if name == "clamp":
            return self._clamped(*args, **kwargs)
        if name == "clamp_min":
            return self._clamped(min=args[0])
        if name == "clamp_max":
            return self._clamped(max=args[0])
        if name == "where":
            return self._compute("{1} ? {0} : {2}", operands)
        if name == "threshold_backward":
            return self._compute("{1} <= {2} ? 0 : {0}", operands)
        raise UntraceableError(f"{name} of {len(operands)} values has no form in C")

    def copy_(self, other: Symbol | float) -> Self:
        """Be what the other is, from here on."""
        value = self._operand(other)
        self.name, self.kind = value.name, value.kind
        return self

    def clone(self) -> Symbol:
        """One that stays what this is."""
        return Symbol(self._trace, self.name, self.kind)

    def _clamped(self, min: object = None, max: object = None) -> Symbol:
        result = self.clone()
        if min is not None:
            low = self._operand(min)
            result = self._compute("{0} < {1} ? {1} : {0}", [result, low])
        if max is not None:
            high = self._operand(max)
            result = self._compute("{0} > {1} ? {1} : {0}", [result, high])
        return result

    def _operand(self, value: object) -> Symbol:
        if isinstance(value, Symbol):
            return value
        if isinstance(value, int | float):
            return self._trace.constant(value)
        raise UntraceableError(f"{value!r} has no form in C")

    def _compute(self, form: str, operands: list[Symbol], *, truth: bool = False) -> Symbol:
        uniform = all(operand.kind == UNIFORM for operand in operands)
        kind = UNIFORM if uniform else FLAG if truth else REAL
        names = [
            operand.name if uniform or operand.kind != UNIFORM else f"(real){operand.name}"
            for operand in operands
        ]
        expression = form.format(*names)
        if uniform:  # in double, whatever the elements are
            expression = re.sub(r"\b(EXP|LOG|LOG1P|SQRT|POW)\b", _lower, expression)
        return self._trace.compute(expression, kind)

    def __bool__(self) -> bool:
        raise UntraceableError("what is done depends on the value of an element")

    def __neg__(self) -> Symbol:
        return self._apply("neg")

    def __invert__(self) -> Symbol:
        return self._apply("logical_not")

    def __add__(self, other: object) -> Symbol:
        return self._apply("add", other)

    def __sub__(self, other: object) -> Symbol:
        return self._apply("sub", other)

    def __mul__(self, other: object) -> Symbol:
        return self._apply("mul", other)

    def __truediv__(self, other: object) -> Symbol:
        return self._apply("div", other)

    def __pow__(self, other: object) -> Symbol:
        return self._apply("pow", other)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: object) -> Symbol:
        return self._operand(other)._apply("sub", self)

    def __rtruediv__(self, other: object) -> Symbol:
        return self._operand(other)._apply("div", self)

    def __rpow__(self, other: object) -> Symbol:
        return self._operand(other)._apply("pow", self)

    def __lt__(self, other: object) -> Symbol:
        return self._apply("lt", other)

    def __le__(self, other: object) -> Symbol:
        return self._apply("le", other)

    def __gt__(self, other: object) -> Symbol:
        return self._apply("gt", other)

    def __ge__(self, other: object) -> Symbol:
        return self._apply("ge", other)

    def __and__(self, other: object) -> Symbol:
        return self._apply("logical_and", other)

    def __or__(self, other: object) -> Symbol:
        return self._apply("logical_or", other)


def _lower(match: re.Match[str]) -> str:
    return match[0].lower()


def _is_setting(value: object) -> bool:
    """Whether an argument is a dtype, a shape or the like, which an element does not have."""
    return not isinstance(value, Symbol | int | float)
