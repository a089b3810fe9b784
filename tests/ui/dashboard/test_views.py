"""Views that take the place of heads or curves, in the whole dashboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from textual.app import App
from textual.pilot import Pilot

from objtui.ui.charts.frame import framed
from objtui.ui.panels import table
from objtui.ui.panels.scene import Scene
from tests.picture_runs import PICTURES, contents, record_pictures
from tests.runs_for_tests import NUCLEI_HEADS, MakeRun, record_nuclei
from tests.ui.driving import screen_lines, settled, show, shows


def test_a_view_takes_the_place_of_heads_or_curves_and_escape_gives_it_back(
    three: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[Scene, int]] = []

    def draw(scene: Scene, head: int, width: int, height: int) -> list[Text]:
        drawn.append((scene, head))
        return framed(Text("a view"), [], width, height, scene.theme)

    monkeypatch.setattr(table, "VIEWS", [replace(view, draw=draw) for view in table.VIEWS])

    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("c")
        await settled(pilot)
        assert {head for _, head in drawn} == {0}
        await pilot.press("h")
        await settled(pilot)
        assert {head for _, head in drawn} == set(range(6))
        assert all(scene.moment is not None for scene, _ in drawn)
        assert "\n".join(screen_lines(app)).count("a view") == 7
        await pilot.press("escape")
        await settled(pilot)
        assert "a view" not in "\n".join(screen_lines(app))

    show(three, steps)


@pytest.mark.parametrize("runs", [1, 3])
@pytest.mark.parametrize(
    ("pressed", "words"),
    [
        ("h", ""),
        ("hh", "O objects"),
        ("c", "ECE"),
        ("g", "dL/dz"),
        ("t", "F1"),
        ("v", "a run without pictures"),
    ],
)
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
def test_every_view_is_drawn_from_what_is_recorded(
    pressed: str, words: str, runs: int, size: tuple[int, int], three: list[Path]
) -> None:
    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        before = screen_lines(app)
        await pilot.press(*pressed)
        await settled(pilot)
        drawn = screen_lines(app)
        assert drawn != before
        assert len(drawn) == size[1]
        if runs == 1 and size == (120, 40):  # elsewhere titles are cut
            assert words in "\n".join(drawn)
        await pilot.press("left", "left")
        await settled(pilot)
        assert screen_lines(app)[0] != drawn[0]  # the cursor moved, and nothing broke
        await pilot.press("escape", "end")
        await settled(pilot)
        assert [line.rstrip() for line in screen_lines(app)] == [line.rstrip() for line in before]

    show(three[0] if runs == 1 else three, steps, size)


def test_pictures_are_gone_through_by_keys_zoomed_and_move_with_the_cursor(
    new_run: MakeRun, tmp_path: Path
) -> None:
    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("n")
        await shows(pilot, "v shows the pictures")
        await pilot.press("v", "home")
        await shows(pilot, "bce ── 1/2 ── first.png", "● 1 hit  ✗ 1 false  ○ 1 missed")
        await pilot.press("end", "enter")
        await shows(pilot, "1/2 ── first.png ── step 1 240", "● 2 hits", "✗ 0 false alarms")
        await pilot.press("n")
        await shows(pilot, "2/2 ── second.png", "● 1 hit")
        await pilot.press("n")
        await shows(pilot, "1/2 ── first.png")
        await pilot.press("N", "z")
        await shows(pilot, "2/2 ── second.png", "numbers: p")
        await pilot.press("escape", "escape")
        lines = await shows(pilot, "nll")
        assert "second.png" not in "\n".join(lines)

    show(record_pictures(new_run, tmp_path).path, steps)


def test_runs_side_by_side_show_the_pictures_that_each_has(
    new_run: MakeRun, tmp_path: Path
) -> None:
    one = record_pictures(new_run, tmp_path, heads=NUCLEI_HEADS[:1], claims=())
    without = record_nuclei(new_run, tmp_path, heads=NUCLEI_HEADS[:1], claims=())
    few = record_pictures(
        new_run,
        tmp_path,
        "few",
        heads=NUCLEI_HEADS[:1],
        claims=(),
        pictures=PICTURES[:1],
        contents=contents()[:1],
        steps=(),
    )

    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("v", "n")
        await shows(pilot, "2/2", "a run without pictures", "a run with 1 picture")

    show([one.path, without.path, few.path], steps, (160, 40))
