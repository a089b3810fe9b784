"""A legend says which heads there are, or how many more than it has room for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from objtui.ui.charts.legend import legend
from objtui.ui.theme import Theme

FOUR = [Text("* bce"), Text("o ce"), Text("# mse"), Text("+ focal")]


@pytest.mark.parametrize(
    ("room", "shown"),
    [
        (80, "* bce  o ce  # mse  + focal"),
        (27, "* bce  o ce  # mse  + focal"),
        (26, "* bce  o ce  … 2 more"),
        (20, "* bce  … 3 more"),
        (15, "* bce  … 3 more"),
        (14, "4 heads"),
        (6, ""),
        (-1, ""),
    ],
)
def test_it_names_as_many_heads_as_fit_and_counts_the_others(room: int, shown: str) -> None:
    assert legend(FOUR, room, Theme()).plain == shown


def test_without_such_glyphs_it_has_dots() -> None:
    assert legend(FOUR, 20, Theme("ascii")).plain == "* bce  ... 3 more"


@given(st.lists(st.text("ab", min_size=1, max_size=9), max_size=12), st.integers(-5, 90))
def test_named_and_counted_heads_are_all_there_are(names: list[str], room: int) -> None:
    words = legend([Text(name) for name in names], room, Theme()).plain
    assert len(words) <= max(room, 0)
    if "more" in words:
        named, _, counted = words.rpartition("  … ")
        assert named.split() == names[: len(named.split())]
        assert len(named.split()) + int(counted.split()[0]) == len(names)
    elif words and not words.endswith("heads"):
        assert words.split() == names
