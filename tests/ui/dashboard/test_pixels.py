"""Sample pictures in a terminal that shows pixels: a pseudo-terminal that answers as one does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from objtui.ui.graphics.capability import ATTRIBUTES_QUESTION, KITTY_QUESTION, VARIABLE
from tests.picture_runs import OBJECTS, PICTURES, record_pictures
from tests.runs_for_tests import MakeRun
from tests.ui.pixel_terminal import GRAPHICS, Bytes, PixelTerminal
from tests.ui.terminal_driver import HEIGHT, WIDTH, OpenTerminal, Terminal, is_given_back
from tests.ui.test_suspending import SHELL, suspend

ANSWERS = {
    "kitty": b"\x1b_Gi=31;OK\x1b\\\x1b[6;20;10t\x1b[?62;c",
    "sixel": b"\x1b[6;20;10t\x1b[?62;4;22c",
}
XTERM = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "TMUX": "", "STY": "", VARIABLE: ""}


def seen(opened: Terminal, size: tuple[int, int] = (WIDTH, HEIGHT)) -> PixelTerminal:
    """What a terminal shows that was given all that was written, whole sequences alone."""
    written = opened.written
    cut = max(written.rfind("\x1bP"), written.rfind("\x1b_"))
    if cut >= 0 and "\x1b\\" not in written[cut:]:
        written = written[:cut]
    return PixelTerminal(*size).feed(written)


def wait_for_pixels(
    opened: Terminal, condition: Callable[[Bytes], bool], size: tuple[int, int] = (WIDTH, HEIGHT)
) -> Bytes:
    """What pictures show, once it is as it should be."""
    pixels: list[Bytes] = []

    def is_there(_: str) -> bool:
        pixels[:] = [seen(opened, size).pixels]
        return condition(pixels[0])

    opened.wait_until(is_there, "pixels")
    return pixels[0]


def any_shown(pixels: Bytes) -> bool:
    return bool(pixels[..., 3].any())


def none_shown(pixels: Bytes) -> bool:
    return not any_shown(pixels)


def of_three_heads(pixels: Bytes) -> bool:
    """Whether there are three pictures side by side."""
    columns = pixels[..., 3].any(axis=0).astype(int)
    return int((np.diff(columns) == 1).sum()) == 3


@pytest.fixture
def run(new_run: MakeRun, tmp_path: Path) -> Path:
    return record_pictures(new_run, tmp_path, steps=(0, 50, 200)).path


def open_pictures(
    terminal: OpenTerminal, run: Path, answers: bytes, variables: dict[str, str] = XTERM
) -> Terminal:
    """A dashboard in a terminal that answers, its pictures in sight."""
    opened = terminal("watch", run.name, variables=variables)
    opened.wait_until(lambda _: ATTRIBUTES_QUESTION in opened.written, "a question")
    opened.press_bytes(answers)
    opened.wait_for("scores at step 200")
    opened.press("v")
    opened.wait_for("2 hits")
    return opened


@pytest.mark.parametrize("protocol", ANSWERS)
def test_pictures_are_shown_where_no_other_screen_is_and_none_is_left(
    protocol: str, terminal: OpenTerminal, run: Path
) -> None:
    opened = open_pictures(terminal, run, ANSWERS[protocol])
    pixels = wait_for_pixels(opened, of_three_heads)
    rows, columns = np.nonzero(pixels[..., 3])
    first = pixels[rows.min() : rows.max() + 1, columns.min() :]
    wide = int(np.flatnonzero(first[0, :, 3] == 0)[0])
    scale = wide / PICTURES[0].width
    assert scale > 2
    assert abs(len(first) - PICTURES[0].height * scale) <= 20
    left, top, width, height = OBJECTS[0][0]
    middle = first[int((top + height * 0.7) * scale), int((left + width * 0.7) * scale), :3]
    assert middle.min() > 60
    assert first[len(first) - 3, 3, :3].max() < 60  # the ground
    right = round((left + width) * scale)
    edge = first[int((top + height / 2) * scale), right - 3 : right + 3, :3].astype(int)
    assert abs(edge - (0, 205, 205)).max(axis=1).min() < 6
    opened.press("?")
    wait_for_pixels(opened, none_shown)
    opened.press("\x1b")
    wait_for_pixels(opened, of_three_heads)
    opened.press("q")
    assert opened.exit_code() == 0
    assert is_given_back(opened)
    if protocol == "kitty":
        assert not seen(opened).sent
    after = opened.written.rpartition("\x1b[?1049l")[2]
    assert not GRAPHICS.search(after)


def test_they_follow_the_step_the_size_and_the_view(terminal: OpenTerminal, run: Path) -> None:
    opened = open_pictures(terminal, run, ANSWERS["sixel"])
    late = wait_for_pixels(opened, of_three_heads)
    opened.press("\x1b[H")
    opened.wait_for("1 missed")
    wait_for_pixels(opened, lambda pixels: of_three_heads(pixels) and not (pixels == late).all())
    opened.resize(100, HEIGHT - 4)
    before = len(opened.written)

    def in_place(_: str) -> bool:
        again = PixelTerminal(100, HEIGHT - 4).feed(opened.written[before:])
        return of_three_heads(again.pixels)

    opened.wait_until(in_place, "pictures of another size")
    opened.press("v")
    opened.wait_for("kept at the end or most stops")
    opened.wait_until(
        lambda _: none_shown(PixelTerminal(100, HEIGHT - 4).feed(opened.written[before:]).pixels),
        "no pictures",
    )


@pytest.mark.thorough
@pytest.mark.parametrize("protocol", ANSWERS)
def test_they_are_gone_while_it_is_suspended_and_there_again_after_it(
    protocol: str, terminal: OpenTerminal, run: Path
) -> None:
    opened = terminal("watch", run.name, command=SHELL, variables=XTERM)
    opened.wait_until(lambda _: ATTRIBUTES_QUESTION in opened.written, "a question")
    opened.press_bytes(ANSWERS[protocol])
    opened.wait_for("scores at step 200")
    opened.press("v")
    wait_for_pixels(opened, of_three_heads)
    suspend(opened)
    if protocol == "kitty":
        assert not seen(opened).sent
    before = len(opened.written)
    opened.press("\n")
    opened.wait_until(lambda _: ATTRIBUTES_QUESTION in opened.written[before:], "a question")
    opened.press_bytes(ANSWERS[protocol])

    def there_again(_: str) -> bool:
        written = opened.written[before:]
        if written.rfind("\x1b\\") < max(written.rfind("\x1bP"), written.rfind("\x1b_")):
            return False
        return of_three_heads(PixelTerminal(WIDTH, HEIGHT).feed(written).pixels)

    opened.wait_until(there_again, "pictures")
    opened.press("q")
    opened.wait_until(lambda _: not opened.is_alive(), "the end")


@pytest.mark.parametrize(
    ("answers", "variables"),
    [
        (b"\x1b[?62;4c", XTERM),  # sixel, but nobody says how many pixels a cell has
        pytest.param(b"\x1b[?62;22c", XTERM, marks=pytest.mark.thorough),  # neither
        pytest.param(b"", XTERM, marks=pytest.mark.thorough),  # no answer at all
    ],
)
def test_others_get_half_blocks(
    answers: bytes, variables: dict[str, str], terminal: OpenTerminal, run: Path
) -> None:
    opened = open_pictures(terminal, run, answers, variables)
    screen = opened.wait_for("▀")
    assert "i=31" not in screen
    assert GRAPHICS.findall(opened.written) == [KITTY_QUESTION]
    opened.press("q")
    assert opened.exit_code() == 0


@pytest.mark.thorough
@pytest.mark.parametrize(
    "variables",
    [{"TMUX": "/tmp/x,1,0"}, {"TERM": "screen-256color"}, {VARIABLE: "half-blocks"}],
)
def test_what_may_not_pass_pixels_on_is_not_asked(
    variables: dict[str, str], terminal: OpenTerminal, run: Path
) -> None:
    opened = terminal("watch", run.name, variables={**XTERM, **variables})
    opened.wait_for("scores at step 200")
    opened.press("q")
    assert opened.exit_code() == 0
    assert not GRAPHICS.search(opened.written)
    assert ATTRIBUTES_QUESTION not in opened.written
