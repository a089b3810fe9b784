"""Two columns of text: within the width, nothing lost, plain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.text.columns import MIN_WIDTH, page_width, paragraph, two_columns

WORD = st.text("abcdefgh", min_size=1, max_size=10)
ROWS = st.lists(st.tuples(WORD, st.lists(WORD, max_size=30).map(" ".join)), min_size=1, max_size=8)


@given(ROWS, st.integers(MIN_WIDTH, 120))
def test_every_word_is_there_in_order_and_no_line_is_too_long(
    rows: list[tuple[str, str]], width: int
) -> None:
    lines = two_columns(rows, width)
    assert " ".join(lines).split() == [word for row in rows for word in " ".join(row).split()]
    assert max(map(len, lines)) <= width
    assert all(line == line.rstrip() for line in lines)


def test_meanings_stand_under_each_other() -> None:
    assert two_columns([("a", "one two"), ("long", "three"), ("x" * 30, "four")], 30) == [
        "  a     one two",
        "  long  three",
        "  " + "x" * 30,
        "        four",
    ]


def test_a_command_in_a_paragraph_stays_whole() -> None:
    assert paragraph("see --set here", 10) == ["see --set", "here"]


@pytest.mark.parametrize(("columns", "width"), [("5", 30), ("60", 60), ("300", 100)])
def test_the_width_is_that_of_the_terminal_within_bounds(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert page_width() == width
