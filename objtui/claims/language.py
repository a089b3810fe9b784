"""The language of claims as tables: every form of a test, with an example and what it means.

The parser calls no function that is not in `FUNCTIONS`; `objtui help claims` prints them all.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """A form that a test may have.

    Attributes:
        written: how it is written, with what varies in capitals.
        meaning: what it is.
        example: a whole test with it.
    """

    written: str
    meaning: str
    example: str


SCORES_OF_HEADS: tuple[Form, ...] = (
    Form("HEAD.SCORE", "the score at the end of the run", "ce.gap < 1e-2"),
    Form("HEAD.SCORE@STEP", "at the last frame up to that step", "bce.nll@100 < 0.5"),
    Form("HEAD.SCORE@start", "at the first frame", "bce.loss@start > 0.69"),
)

OPERATORS: tuple[Form, ...] = (
    Form("< <= > >=", "a comparison, which may be chained", "1.4 <= bce.z_pos < 1.6"),
    Form("+ - * / ( )", "arithmetic; - also before a number", "bce.ap - mse.ap > 0.01"),
    Form("and or not", "join comparisons", "bce.ap > 0.9 and not mse.ap > 0.9"),
)

FUNCTIONS: dict[str, Form] = {
    "abs": Form("abs(X)", "the size of a number", "abs(bce.z_pos - ce.z_pos) < 0.01"),
    "log": Form("log(X)", "the natural logarithm", "bce.nll < log(2)"),
    "min": Form("min(X, Y, …)", "the least of two numbers or more", "min(bce.ap, ce.ap) > 0.9"),
    "max": Form("max(X, Y, …)", "the largest of two numbers or more", "max(bce.ece, ce.ece) < 0.1"),
    "first": Form(
        "first(TEST)",
        "the first step whose frame satisfies the test; inf if none does, undefined where "
        "the last frame cannot tell. HEAD.SCORE in it is the score at each frame",
        "first(bce.recall >= 0.5) < 100",
    ),
    "slope": Form(
        "slope(HEAD.SCORE, LOW, HIGH)",
        "the least-squares slope of the score against ln(step), over the frames from step "
        "LOW to step HIGH, both included",
        "slope(bce.weight_norm, 1e3, 1e5) > 0.6",
    ),
}
"""Every function that a test may call, by its name."""

VERDICTS: tuple[tuple[str, str], ...] = (
    ("holds", "the test is true in every seed"),
    ("mixed K/N", "in K of N seeds"),
    ("fails", "in none"),
)

UNDEFINED = (
    "A test is evaluated seed by seed, over scheduled frames, in double precision: 1 / 0 is "
    "inf, log(-1) undefined. A seed in which a comparison meets an undefined number does not "
    "confirm the claim, also under not and or."
)
