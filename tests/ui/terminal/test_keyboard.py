"""Bytes of a terminal as messages: keys as Textual names them, and nothing else that matters."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.message import Message

from objtui.ui.terminal.keyboard import (
    MAX_PASTE_BYTES,
    PASTE_SILENCE_S,
    Keyboard,
    TerminalAnswer,
)

SILENCE_S = PASTE_SILENCE_S + 1

STARTS = [
    b"\x1b",
    b"\x1b[",
    b"\x1bO",
    b"\x1b[M",
    b"\x1b[<",
    b"\x1b]",
    b"\x1bP",
    b"\x1b[200~",
    b"\x1b[?",
]
PIECES = st.one_of(
    st.binary(max_size=20),
    st.sampled_from(
        [*STARTS, b"\x1b[201~", b"\x1b[97;1;99999999u", b"\x1b[48;0;0;0;0t", b"\x1b[1:2u"]
    ),
    st.text(max_size=5).map(lambda text: text.encode("utf-8", "replace")),
)


def sent(*pieces: bytes, silence_s: float = SILENCE_S) -> list[Message]:
    """The messages of pieces that come one after the other, and of silence after them."""
    keyboard = Keyboard()
    messages = [message for piece in pieces for message in keyboard.feed(piece, 0.0)]
    return messages + keyboard.tick(silence_s)


def names(messages: Sequence[Message]) -> list[str]:
    """The keys that were pressed."""
    return [message.key for message in messages if isinstance(message, events.Key)]


@given(st.lists(PIECES))
def test_after_whatever_came_a_key_is_that_key(pieces: list[bytes]) -> None:
    keyboard = Keyboard()
    for piece in pieces:
        keyboard.feed(piece, 0.0)
    keyboard.tick(SILENCE_S)
    assert names(keyboard.feed(b"q", 2 * SILENCE_S)) == ["q"]
    assert not keyboard.waits


@given(st.lists(PIECES))
def test_it_is_the_same_however_it_is_cut(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    one_by_one = [whole[at : at + 1] for at in range(len(whole))]
    assert names(sent(whole)) == names(sent(*one_by_one)) == names(sent(*pieces))


OF_THEIR_OWN = {"\x1b", "\x1b\x1b", "\x1b[1;2R", "\x1b[1;5R", "\x1b[1;6R"}
"""Escape needs silence; the others pass for the place of a cursor, which nothing asks for."""


@pytest.mark.parametrize("sequence", sorted(set(ANSI_SEQUENCES_KEYS) - OF_THEIR_OWN))
def test_every_sequence_of_textual_is_the_key_that_it_reads(sequence: str) -> None:
    assert names(sent(sequence.encode())) == names(list(XTermParser().feed(sequence)))


@pytest.mark.parametrize(
    "odd",
    [
        b"\xe9",  # é of a latin-1 terminal
        b"\xc3",
        b"\x80\xff\xfe",
        b"\xed\xa0\x80",  # half a surrogate pair
        b"\x1b[M \xc9\xa0",  # a mouse report past column 95
        b"\x1b[M\xffqq",
        b"\x1b[>0;276;0c",
        b"\x1b[97;1;99999999u",
        b"\x1b[1:2:3u",
        b"\x1b[48;0;0;0;0t",
        b"\x1b[<0;99999999999;99999999999M",
        b"\x1b[<0;0;0M",
        b"\x1b]11;rgb:ffff/ffff/ffff\x07",
        b"\x1b]11;rgb:ffff/ffff/ffff\x1b\\",
        b"\x1bP>|a terminal\x1b\\",
        b"\x1b[" + b"1;" * 500 + b"q",
        b"\x1b[201~",
        b"\x1b[",
        b"\x1bO",
        b"\x1b]0;q",
        b"\x1b[M q",
    ],
)
def test_what_means_nothing_is_no_key(odd: bytes) -> None:
    assert sent(odd) == []
    if odd not in (b"\x1b[", b"\x1bO", b"\x1b]0;q", b"\x1b[M q"):  # whole, not cut off
        assert names(sent(odd + b"l")) == ["l"]


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"\x1b", ["escape"]),
        (b"\x1b\x1b", ["escape", "escape"]),
        (b"\x1b\x1b[D", ["escape", "left"]),
        (b"\x1bx", ["alt+x"]),
        (b"\x1b\xc3\xa9", ["é"]),
        (b"\x00", ["ctrl+@"]),
        (b"\x1b[[A", ["f1"]),
        (b"\x1b[3$", ["shift+delete"]),
        (b"\x1b[113;;113u", ["q"]),
        (b"\x1b[122;5u", ["ctrl+z"]),
        (b"\x1b[1\x03", ["ctrl+c"]),
        ("größe".encode(), list("größe")),
    ],
)
def test_keys_are_named_as_textual_names_them(data: bytes, keys: list[str]) -> None:
    assert names(sent(data)) == keys


def test_escape_needs_silence_and_a_sequence_does_not() -> None:
    assert sent(b"\x1b", silence_s=0.0) == []
    assert names(sent(b"\x1b[A", silence_s=0.0)) == ["up"]


def pasted(*pieces: bytes, silence_s: float = 0.0) -> list[str]:
    """What is pasted, where nothing else comes of it."""
    messages = sent(*pieces, silence_s=silence_s)
    assert all(isinstance(message, events.Paste) for message in messages)
    return [message.text for message in messages if isinstance(message, events.Paste)]


def test_a_paste_is_its_printable_text() -> None:
    assert pasted(b"\x1b[200~q\x00\x1b[As\xe9\n", b"l\x1b[20", b"1~") == ["q[As\nl"]


def test_a_paste_without_end_is_over_after_silence() -> None:
    assert pasted(b"\x1b[200~lost", silence_s=PASTE_SILENCE_S / 2) == []
    assert pasted(b"\x1b[200~lost", silence_s=PASTE_SILENCE_S) == ["lost"]


def test_a_huge_paste_is_cut() -> None:
    [text] = pasted(b"\x1b[200~", b"x" * (3 * MAX_PASTE_BYTES), b"\x1b[201~")
    assert MAX_PASTE_BYTES <= len(text) < 2 * MAX_PASTE_BYTES


def test_a_mouse_report_is_a_mouse_event() -> None:
    [message] = sent(b"\x1b[<0;100;30M")
    assert isinstance(message, events.MouseDown)
    assert (message.x, message.y) == (99, 29)


def test_focus_and_synchronised_output_are_told() -> None:
    kinds = [
        type(message).__name__ for message in sent(b"\x1b[I\x1b[O\x1b[?2026;2$y\x1b[?2026;0$y")
    ]
    assert kinds == ["AppFocus", "AppBlur", "TerminalSupportsSynchronizedOutput"]


@pytest.mark.parametrize(
    "answer",
    [b"\x1b[?62;4;22c", b"\x1b[6;20;10t", b"\x1b_Gi=31;OK\x1b\\"],
)
@given(st.integers(0, 12))
def test_an_answer_of_the_terminal_comes_whole_in_any_pieces(answer: bytes, cut: int) -> None:
    messages = sent(b"a" + answer[:cut], answer[cut:] + b"b")
    assert names(messages) == ["a", "b"]
    assert [each.text.encode() for each in messages if isinstance(each, TerminalAnswer)] == [answer]


@pytest.mark.parametrize("cut_off", [b"\x1b_Gi=31;OK\x1b[A", b"\x1b_Gi=31;OK\x07", b"\x1bPx\x1b\\"])
def test_a_text_that_is_cut_off_or_of_another_kind_is_no_answer(cut_off: bytes) -> None:
    assert not any(isinstance(each, TerminalAnswer) for each in sent(cut_off))
