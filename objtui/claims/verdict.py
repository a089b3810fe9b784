"""What a run says about a claim."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["holds", "fails", "mixed"]
Measured = float | tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A claim, and in how many seeds its test holds.

    Attributes:
        text, test: the claim as the scenario has it.
        verdict: "holds" in all seeds, "fails" in all, else "mixed".
        holds, of: seeds in which it holds, of all seeds.
        operands: the sides of the test's comparisons that depend on the run, as
            the test writes them, in order, each once: `("ce.gap",)`.
        values: one entry a seed, the values of `operands`: a number where there
            is one operand, else a tuple. NaN where a value is undefined.
        note: how far the run had come, where the whole run or the test goes further;
            else empty.
    """

    text: str
    test: str
    verdict: Outcome
    holds: int
    of: int
    operands: tuple[str, ...]
    values: tuple[Measured, ...]
    note: str = ""

    @property
    def label(self) -> str:
        """The verdict for people: holds, fails, or mixed 3/5."""
        return f"mixed {self.holds}/{self.of}" if self.verdict == "mixed" else self.verdict

    @property
    def measured(self) -> str:
        """The values for people: `ce.gap 0.0043 (0.0031 to 0.0062)`, mean and range over seeds."""
        rows = [value if isinstance(value, tuple) else (value,) for value in self.values]
        if not rows:
            return ""
        columns = zip(*rows, strict=True)  # (operands, seeds)
        sides = zip(self.operands, columns, strict=True)
        return ", ".join(f"{operand} {_summary(column)}" for operand, column in sides)


def outcome_of(holds: int, of: int) -> Outcome:
    """The verdict of a claim that holds in so many seeds; no seed confirms nothing."""
    if holds == 0:
        return "fails"
    return "holds" if holds == of else "mixed"


def _summary(values: tuple[float, ...]) -> str:
    """Mean and range of one operand over seeds; undefined values are counted, not averaged."""
    defined = [value for value in values if not math.isnan(value)]
    missing = len(values) - len(defined)
    if not defined:
        return "undefined"
    low, high = min(defined), max(defined)
    # divided before they are added, since a sum of large floats may be inf
    mean = low if low == high else sum(value / len(defined) for value in defined)
    spread = "" if low == high else f"{low:.4g} to {high:.4g}"
    notes = [spread] if spread else []
    if missing:
        notes.append(f"undefined in {missing} of {len(values)}")
    return f"{mean:.4g} ({', '.join(notes)})" if notes else f"{mean:.4g}"
