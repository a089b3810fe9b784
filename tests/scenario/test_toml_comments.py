"""Lines with their meaning in comments."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from objtui.scenario.toml_comments import MAX_LINE, comment, entry

values = st.text() | st.integers(-(2**40), 2**40) | st.lists(st.text(max_size=20), max_size=5)


@given(st.text(min_size=1), values, st.text())
def test_a_key_keeps_its_value_whatever_its_meaning_says(
    key: str, value: object, meaning: str
) -> None:
    assert tomllib.loads("\n".join(entry(key, value, meaning))) == {key: value}


@given(st.text())
def test_a_comment_is_nothing_but_comments(text: str) -> None:
    assert tomllib.loads("\n".join(comment(text))) == {}


def test_long_comments_are_broken_between_words() -> None:
    lines = comment("word " * 60)
    assert all(len(line) <= MAX_LINE for line in lines)
    assert " ".join(line.removeprefix("# ") for line in lines).split() == ["word"] * 60


def test_a_meaning_stands_beside_a_short_key_and_above_a_long_one() -> None:
    assert entry("steps", 5, "of it") == ["steps = 5                         # of it"]
    assert entry("paths", ["a" * 40], "of it") == ["# of it", f'paths = ["{"a" * 40}"]']
