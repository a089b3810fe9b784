"""Texts made to fit: exact widths and columns."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from objtui.ui.charts.letters import column_widths, fitted, table_row, wrapped
from objtui.ui.charts.words import in_glyphs
from objtui.ui.theme import Theme
from tests.ui.screens.screens_host import ASCII_THEME

TEXTS = st.text(st.characters(categories=("L", "N", "P", "Zs")), max_size=60)


@given(TEXTS, st.integers(0, 40), st.sampled_from(["left", "right"]))
@settings(deadline=None)
def test_a_fitted_text_has_the_width_asked_for(text: str, width: int, side: str) -> None:
    cell = Text(in_glyphs(text, Theme()), justify=side)
    assert fitted(cell, width, Theme()).cell_len == width
    assert fitted(Text(in_glyphs(text, ASCII_THEME)), width, ASCII_THEME).plain.isascii()


def test_what_is_cut_ends_in_dots() -> None:
    assert fitted(Text("abcdefgh"), 5, Theme()).plain == "abcd…"
    assert fitted(Text("abcdefgh"), 5, ASCII_THEME).plain == "ab..."
    assert fitted(Text("abcde"), 5, Theme()).plain == "abcde"


@given(TEXTS, st.integers(2, 40))
@settings(deadline=None)
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(TEXTS, st.integers(-5, 1))
@settings(deadline=None)
def test_a_room_of_nothing_holds_a_letter_a_line(text: str, width: int) -> None:
    assert "".join("".join(wrapped(text, width)).split()) == "".join(text.split())


def test_lines_break_at_blanks() -> None:
    assert wrapped("one two three", 8) == ["one two", "three"]
    assert wrapped("a verylongword b", 6) == ["a", "verylo", "ngword", "b"]


def test_the_wide_column_takes_what_others_leave() -> None:
    rows = [[Text("name"), Text("question"), Text("x")], [Text("n"), Text("spans the rest")]]
    assert column_widths(rows, 40, wide=1) == [4, 31, 1]
    lines = [table_row(row, [4, 31, 1], 40, Theme()).plain for row in rows]
    assert lines[0] == f"name  {'question':31}  x"
    assert lines[1] == f"n     {'spans the rest':34}"


def test_no_rows_have_no_columns() -> None:
    assert column_widths([], 40, wide=1) == []
