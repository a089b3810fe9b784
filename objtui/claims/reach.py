"""How far a run had come when a claim was judged, where the claim asks for more."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from objtui.claims.tree import (
    Arithmetic,
    Comparison,
    Constant,
    First,
    Function,
    Joined,
    Negative,
    Not,
    Number,
    ScoreOf,
    Slope,
    Truth,
)

Value = Callable[[Number], npt.NDArray[np.float64]]
"""What a number is in the frames judged, over seeds."""


def reach_note(truth: Truth, value: Value, last: float, steps: int | None) -> str:
    """What to say beside a verdict by frames up to step `last`; empty where nothing is to be said.

    `steps` are those of the whole run, None where they are not known.
    """
    named = max(_named_steps(truth, value), default=0.0)
    short = steps is not None and last < steps
    notes = [f"judged at step {last:.0f}" + (f" of {steps}" if short else "")]
    if named > last:
        notes.append(f"the test asks for step {named:.0f}")
    return ", but ".join(notes) if short or named > last else ""


def _named_steps(truth: Truth, value: Value) -> Iterator[float]:
    """The steps that a test names, outside of `first`.

    What `first` is compared with counts where no frame satisfied its condition in some
    seed: then only those after the last could.
    """
    match truth:
        case Comparison(operands=operands):
            numbers = [part for operand in operands for part in _parts(operand.number)]
            for number in numbers:
                match number:
                    case ScoreOf(at=step) if not isinstance(step, str):
                        yield step
                    case Slope(high=high):
                        yield high
                    case First() if not np.isfinite(value(number)).all():
                        yield from (
                            operand.number.value
                            for operand in operands
                            if isinstance(operand.number, Constant)
                        )
        case Joined(parts=parts):
            for part in parts:
                yield from _named_steps(part, value)
        case Not(part=part):
            yield from _named_steps(part, value)


def _parts(number: Number) -> Iterator[Number]:
    """A number and those that it is made of, but for what is within `first`."""
    yield number
    match number:
        case Negative(operand=operand):
            yield from _parts(operand)
        case Arithmetic(left=left, right=right):
            yield from _parts(left)
            yield from _parts(right)
        case Function(arguments=arguments):
            for argument in arguments:
                yield from _parts(argument)
