"""Commands to copy name what they are about, whatever it is called."""

from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.text.commands import shell_join, shell_quote
from objtui.text.terminal import printable

ODD = [
    "a\nobjtui: error: b",
    "\x1b]52;c;eA==\x07",
    "tab\there",
    "\u202egnp.x",
    "it's $HOME\r",
    "\udcff",
    "\u3164",
]


def as_bash_reads(command: str) -> list[bytes]:
    return subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {command}"], capture_output=True, check=True
    ).stdout.split(b"\0")[:-1]


@pytest.mark.parametrize("word", ["", "plain", "two words", "it's", "a\\b", *ODD])
def test_a_shell_reads_the_word_and_a_terminal_shows_the_command_as_it_is(word: str) -> None:
    command = shell_quote(word)
    assert printable(command) == command
    assert as_bash_reads(command) == [os.fsencode(word)]


@settings(max_examples=30)
@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), max_size=4))
def test_words_stay_apart(words: list[str]) -> None:
    command = shell_join(words)
    assert printable(command) == command
    if words:
        assert as_bash_reads(command) == [os.fsencode(word) for word in words]
