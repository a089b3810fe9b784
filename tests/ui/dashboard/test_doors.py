"""A view, a panel and a key of one's own: each is a function and an entry in a table."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from textual.app import App
from textual.pilot import Pilot

from objtui.cli.main import main
from objtui.errors import UsageError
from objtui.measures.spread import spread
from objtui.runfile.records import RunHeader
from objtui.ui import keys
from objtui.ui.charts.frame import framed
from objtui.ui.dashboard.offscreen import panel_lines
from objtui.ui.dashboard.screen import DashboardScreen
from objtui.ui.key import Key
from objtui.ui.panels import table
from objtui.ui.panels.scene import Scene
from tests.runs_for_tests import MakeRun, record_nuclei
from tests.ui.driving import reached, settled, show, shows

SIZE = ("--size", "60x12")
"""No chart is drawn of a panel of one's own: it is what the terminal shows."""

WORDS = "two thirds of what was said"


def norms_panel(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """The spread of the weights of every shown head."""
    lines = []
    for shown in scene.state.shown:
        norms = scene.moment.values("weight_norm", shown) if scene.moment else []
        lines.append(Text(f" {scene.head_name(shown)} {spread(norms).mean:.3f}"))
    return framed(Text("spread of weights"), lines, width, height, scene.theme)


def norms_rows(header: RunHeader) -> int:
    return len(header.heads) + 2


def share_view(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """What a view of one's own may say of a head."""
    name = Text(f" {WORDS} by {scene.head_name(head)}")
    return framed(Text("shares"), [name], width, height, scene.theme)


def best_score(screen: DashboardScreen) -> None:
    """Show AP in the curve panel."""
    screen.choose(replace(screen.state, score="ap"))


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The entries that a contributor would add, in the tables as they would be then."""
    with monkeypatch.context() as patch:
        own = table.Panel("weights", norms_panel, rows=norms_rows)
        patch.setattr(table, "PANELS", (*table.PANELS, own))
        views = (
            table.View("shares", share_view, "curves", "k", "shares, or the curves"),
            table.View("head-shares", share_view, "histograms", "K", "shares by head"),
        )
        patch.setattr(table, "VIEWS", (*table.VIEWS, *views))
        importlib.reload(keys)
        best: Key[DashboardScreen] = Key(("A", "shift+a"), "A", best_score, "show AP", "Views")
        patch.setattr(keys, "KEYS", (*keys.KEYS, best))
        yield
    importlib.reload(keys)


@pytest.fixture
def path(new_run: MakeRun, tmp_path: Path) -> Path:
    return record_nuclei(new_run, tmp_path).path


pytestmark = pytest.mark.usefixtures("doors")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
def test_an_own_panel_is_drawn_focused_and_zoomed(size: tuple[int, int], path: Path) -> None:
    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        if size == (120, 40):  # the smaller one has no room for another row
            await shows(pilot, "spread of weights", " bce 0.250")
        await pilot.press("shift+tab", "enter")
        panel = app.dashboard.query_one("#weights")
        await reached(pilot, lambda: panel.size == (size[0], size[1] - 2))
        await shows(pilot, "spread of weights", " mse 0.250")
        await pilot.press("1")  # a choice of any kind draws it again
        await reached(pilot, lambda: " bce 0.250" not in "\n".join(map(str, panel.lines)))

    show(path, steps, size)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
def test_a_view_takes_its_place_after_its_key_and_is_zoomed(
    size: tuple[int, int], path: Path
) -> None:
    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("k")
        await shows(pilot, f"{WORDS} by bce")
        curves = app.dashboard.query_one("#curves")
        # A redraw for news may come between the key and the layout, and show the words before it.
        await reached(pilot, lambda: curves.size.width == size[0])
        await pilot.press("tab", "tab", "tab", "enter")
        await reached(pilot, lambda: curves.size == (size[0], size[1] - 2))
        await shows(pilot, f"{WORDS} by mse")  # which the focus came to last
        await pilot.press("enter", "k", "K")
        text = "\n".join(await shows(pilot, "two thirds", "nll"))
        assert text.count("two thirds") == 3

    show(path, steps, size)


def test_a_key_does_what_it_says(path: Path) -> None:
    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("A")
        await shows(pilot, "ap ── ● bce")

    show(path, steps)


def test_help_and_palette_list_them(path: Path) -> None:
    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("question_mark")
        await shows(pilot, "shares, or the curves", "shares by head", "show AP")
        await pilot.press("escape", "ctrl+p", *"shares")
        await shows(pilot, "shares, or the curves", "shares by head")
        await pilot.press("escape", "ctrl+p", *"show AP", "enter")
        await reached(pilot, lambda: app.screen is app.dashboard)
        await settled(pilot)
        assert app.dashboard.state.score == "ap"

    show(path, steps, (120, 50))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("weights", "bce 0.250"),
        ("shares", f"{WORDS} by bce"),
        ("head-shares", f"{WORDS} by bce"),
        ("head-shares:mse", f"{WORDS} by mse"),
    ],
)
def test_each_has_a_picture_by_itself(name: str, words: str, path: Path, tmp_path: Path) -> None:
    text = "\n".join(line.plain for line in panel_lines([path], name, 60, 12))
    assert words in text
    out = tmp_path / "picture.svg"
    assert main(["export", str(path), "--panel", name, *SIZE, "-o", str(out)]) == 0
    assert out.stat().st_size > 1000


def test_a_name_that_is_none_is_answered_with_all_that_are(path: Path) -> None:
    with pytest.raises(UsageError, match=r"bce, ce, mse, ridges, .*weights, history, .*shares"):
        panel_lines([path], "weight", 60, 12)


def test_keys_of_one_screen_are_not_those_of_the_next(path: Path) -> None:
    """Bindings that a screen has from Textual, such as tab, are of its class, and shared."""

    async def nothing(pilot: Pilot[Any], app: App[Any]) -> None:
        bound = app.dashboard._bindings.key_to_bindings
        counts.append({key: len(bindings) for key, bindings in bound.items()})

    counts: list[dict[str, int]] = []
    for _ in range(3):
        show(path, nothing, (80, 24))
    assert counts[0] == counts[1] == counts[2]
