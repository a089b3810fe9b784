"""What a terminal says of itself, and what it is asked."""

from __future__ import annotations

import re

import pytest

from objtui.ui.graphics.capability import Capability, at_first, question

KITTY = "\x1b_Gi=31;OK\x1b\\"
SIXEL = "\x1b[?62;4;22c"
CELL = "\x1b[6;20;10t"


@pytest.mark.parametrize(
    ("answers", "protocol", "cell"),
    [
        ((), None, None),
        (("\x1b[?62;22c",), None, None),
        (("\x1b[?4c",), None, None),  # a VT132, whose only number is its kind
        ((SIXEL,), "sixel", None),
        ((CELL, SIXEL), "sixel", (10, 20)),
        ((KITTY, CELL, "\x1b[?62c"), "kitty", (10, 20)),
        ((KITTY, CELL, SIXEL), "kitty", (10, 20)),
        (("\x1b_Gi=31;ENOTSUPPORTED:no\x1b\\", SIXEL), "sixel", None),
        (("\x1b_Gi=30;OK\x1b\\",), None, None),
        (("\x1b[6;0;0t", "\x1b[6;9999;9999t"), None, None),
        (("", "q", "\x1b[?c"), None, None),
    ],
)
def test_it_is_believed(
    answers: tuple[str, ...], protocol: str | None, cell: tuple[int, int] | None
) -> None:
    known = Capability()
    for answer in answers:
        known = known.with_answer(answer)
    assert (known.protocol, known.cell) == (protocol, cell)


def test_the_question_that_every_terminal_answers_comes_last() -> None:
    asked = re.findall(r"\x1b_G[^\x1b]*\x1b\\|\x1b\[[^a-z]*[a-z]", question({"TERM": "xterm"}))
    assert [each[:3] for each in asked] == ["\x1b_G", "\x1b[1", "\x1b[c"]


@pytest.mark.parametrize(
    "environ",
    [
        {"TERM": "linux"},
        {"TERM": "screen-256color"},
        {"TERM": "xterm-256color", "TMUX": "/tmp/tmux-1/default,1,0"},
        {"TERM": "xterm-kitty", "OBJTUI_PICTURES": "half-blocks"},
    ],
)
def test_a_terminal_that_could_show_the_question_is_not_asked(environ: dict[str, str]) -> None:
    assert question(environ) == ""
    assert at_first(environ) == Capability()


def test_a_user_who_knows_better_is_believed() -> None:
    environ = {"TERM": "tmux-256color", "TMUX": "x", "OBJTUI_PICTURES": "Sixel"}
    assert at_first(environ).protocol == "sixel"
    assert question(environ) == "\x1b[16t"
