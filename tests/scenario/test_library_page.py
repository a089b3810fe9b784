"""The page of the bundled scenarios says what their claims say.

Every bundled scenario is on the page. A measured number stands behind the operand that
it is of, as in `bce.z_pos` 2.1972; it must lie within what a claim of one of the row's
scenarios asks of that operand. `objtui check --all` then confirms the claims themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from objtui.claims import evaluate_claim
from objtui.claims.parse import parse_claim
from objtui.claims.tree import Comparison, Joined, Not, Truth, measured_operands
from objtui.measures.frames import Frame
from objtui.scenario.bundled import bundled_names
from objtui.scenario.load import load_scenario

PAGE = Path(__file__).parents[2] / "scenarios" / "README.md"
HEADING = "## What the discussion gets right and wrong"

QUOTE = re.compile(r"`([^`]+)` (-?\d[\d ]*(?:\.\d+)?(?:e-?\d+)?)")
"""An operand in code, then the number that was measured of it."""


def page() -> str:
    """The section of verdicts, without its heading."""
    _, _, rest = PAGE.read_text(encoding="utf-8").partition(f"{HEADING}\n")
    return rest.partition("\n## ")[0]


def rows() -> list[list[str]]:
    """Cells of the rows of the page's tables, headings left out."""
    lines = [line for line in page().splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if scenarios_of(row)]


def scenarios_of(row: list[str]) -> list[str]:
    """The scenarios that a row names, in its last cell."""
    return re.findall(r"`([a-z0-9-]+)`", row[-1])


def comparisons(truth: Truth) -> Iterator[Comparison]:
    match truth:
        case Comparison():
            yield truth
        case Joined(parts=parts):
            for part in parts:
                yield from comparisons(part)
        case Not(part=part):
            yield from comparisons(part)


def bounds_on(operand: str, scenario: str, value: str) -> list[str]:
    """Comparisons of an operand with a constant in a scenario's claims, at this value of it."""
    loaded = load_scenario(scenario).scenario
    heads = tuple(head.name for head in loaded.heads)
    found = []
    for claim in loaded.claims:
        for comparison in comparisons(parse_claim(claim.test, heads, loaded.score_names)):
            measured = {side.text for side in measured_operands(comparison)}
            sides = [side.text for side in comparison.operands]
            for left, order, right in zip(sides, comparison.orders, sides[1:], strict=False):
                if {left, right} & measured == {operand}:
                    texts = [value if side == operand else side for side in (left, right)]
                    found.append(f"{texts[0]} {order} {texts[1]}")
    return found


def test_every_bundled_scenario_is_on_the_page_and_no_other() -> None:
    assert {name for row in rows() for name in scenarios_of(row)} == set(bundled_names())


def test_every_row_quotes_a_measured_number() -> None:
    assert rows()
    for row in rows():
        assert QUOTE.search(" | ".join(row[:-1])), row[0]


QUOTES = [
    (operand, value.replace(" ", ""), tuple(scenarios_of(row)))
    for row in rows()
    for operand, value in QUOTE.findall(" | ".join(row[:-1]))
]


@pytest.mark.parametrize(("operand", "value", "scenarios"), QUOTES)
def test_a_quoted_number_is_within_what_the_scenario_claims(
    operand: str, value: str, scenarios: tuple[str, ...], frame: Callable[..., Frame]
) -> None:
    found = [bound for name in scenarios for bound in bounds_on(operand, name, value)]
    assert found, f"no claim of {', '.join(scenarios)} bounds {operand}"
    for bound in found:
        verdict = evaluate_claim(bound, ("bce", "ce"), [frame(1)])
        assert verdict.verdict == "holds", bound
