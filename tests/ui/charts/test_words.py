"""Texts of others, as a terminal may be shown them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from objtui.ui.charts.words import in_glyphs, legible
from objtui.ui.theme import Theme
from tests.ui.screens.screens_host import ASCII_THEME


@given(st.text())
def test_no_text_has_control_characters(text: str) -> None:
    for clean in (legible, in_glyphs):
        assert clean(text, Theme()).isprintable()
        assert clean(text, ASCII_THEME).isascii()


def test_blanks_are_one_each_or_as_they_are() -> None:
    assert legible(" a\t b\n", Theme()) == "a b"
    assert in_glyphs("  a  b", Theme()) == "  a  b"


def test_what_has_no_glyph_is_seen_to_be_missing() -> None:
    assert legible("a\x1bb", Theme()) == "a?b"
    assert legible("größe", ASCII_THEME) == "gr??e"
