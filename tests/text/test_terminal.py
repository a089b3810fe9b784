"""What the terminal can show."""

from __future__ import annotations

import io
import os
import pty

import pytest

from objtui.text.terminal import colour_depth, has_utf8_locale, is_terminal, printable, wants_colour


@pytest.mark.parametrize(
    ("environ", "utf8"),
    [
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LANG": "de_DE.utf8"}, True),
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "C"}, False),
        ({"LANG": "en_US.ISO-8859-1"}, False),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, False),
        ({"LC_CTYPE": "C", "LANG": "en_US.UTF-8"}, False),
        ({"LC_ALL": "", "LC_CTYPE": "en_US.UTF-8@euro", "LANG": "C"}, True),
        ({}, False),
    ],
)
def test_the_users_own_variables_decide_about_utf8(environ: dict[str, str], utf8: bool) -> None:
    assert has_utf8_locale(environ) is utf8


def test_colours_need_a_terminal_that_has_them_and_no_no_color() -> None:
    main, terminal = pty.openpty()
    with os.fdopen(terminal, "w") as stream:
        assert wants_colour(stream, {"TERM": "xterm"})
        assert not wants_colour(stream, {"TERM": "xterm", "NO_COLOR": "1"})
        assert not wants_colour(stream, {"TERM": "dumb"})
        assert not wants_colour(stream, {})
        assert is_terminal(stream, {"TERM": "xterm", "NO_COLOR": "1"})
    os.close(main)
    assert not wants_colour(io.StringIO(), {"TERM": "xterm"})


def test_the_depth_of_colours_is_that_of_the_environment() -> None:
    assert colour_depth({"TERM": "xterm-256color", "COLORTERM": "truecolor"}) == "16 million"
    assert colour_depth({"TERM": "xterm-256color"}) == "256"
    assert colour_depth({"TERM": "xterm"}) == "16"
    assert colour_depth({"TERM": "xterm", "NO_COLOR": "1"}).startswith("none")
    assert colour_depth({}) == "none (TERM is unset)"


def test_what_steers_a_terminal_is_taken_out_of_text() -> None:
    assert printable("größe\x1b[31m\n") == "größe [31m "
