"""The keys of time, of several runs and of export, in the whole dashboard."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from objtui.measures.scores import SCORE_NAMES, column_names
from objtui.runfile.records import HeadInfo
from objtui.ui.dashboard import actions
from objtui.ui.keys import KEYS
from tests.runs_for_tests import ONE_SEED, MakeRun, record_nuclei
from tests.ui.driving import keys, reached, screen_lines, settled, show, shows


@pytest.mark.parametrize(
    "size", [pytest.param((80, 24), marks=pytest.mark.thorough), (120, 40)], ids=str
)
def test_every_key_works_on_runs_of_every_kind_side_by_side(
    size: tuple[int, int], new_run: MakeRun, tmp_path: Path
) -> None:
    goes_on = record_nuclei(new_run, tmp_path, name="goes-on", state="running").path
    (tmp_path / "copies").mkdir()
    kinds = [
        record_nuclei(
            new_run, tmp_path, name="empty", steps=(), state="failed", message="no data"
        ).path,
        record_nuclei(new_run, tmp_path, name="one-frame", steps=(0,)).path,
        record_nuclei(new_run, tmp_path, name="lost", diverged={20: {"mse": (0, 1, 2, 3, 4)}}).path,
        Path(shutil.copy(goes_on, tmp_path / "copies")),
        record_nuclei(new_run, tmp_path, **ONE_SEED).path,
    ]

    async def press_all(pilot: Pilot[Any], app: App[Any]) -> None:
        for key in KEYS:
            if key.action is actions.leave:
                continue
            await pilot.press(key.keys[0])
            if app.screen is not app.dashboard:  # a prompt, help, log or palette
                await pilot.press("escape")
        await reached(pilot, lambda: app.screen is app.dashboard)
        assert app.return_value is None

    show(kinds, press_all, size)


def test_a_filter_is_typed_and_escape_clears_it(three: list[Path]) -> None:
    async def narrow(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("slash", *"few ms")
        await settled(pilot)
        assert app.dashboard.state.shown == [5]
        await pilot.press("enter")
        await settled(pilot)
        text = "\n".join(screen_lines(app))
        assert "1 of 9 heads match 'few ms'" in text
        assert "few:mse" in text
        assert "nuclei-1:bce" not in text.split("\n", 1)[1]
        await pilot.press("slash", "escape")
        await settled(pilot)
        assert app.dashboard.state.shown == list(range(9))

    show(three, narrow)


def test_the_table_is_sorted_by_any_column(three: list[Path]) -> None:
    async def sort(pilot: Pilot[Any], app: App[Any]) -> None:
        scores = app.dashboard.query_one("#scores")

        def rows() -> list[str]:
            names = (line.plain.split()[1] for line in scores.lines[2:-1] if line.plain.split()[1:])
            return [name for name in names if ":" in name and name != "a:"]

        for name in column_names(SCORE_NAMES):
            await pilot.press("S")
            await settled(pilot)
            assert app.dashboard.state.sort == name
            assert any(mark in scores.lines[1].plain for mark in "▲▼")
            if name == "nll":
                assert rows()[0] == "one-seed:bce"
            if name == "ap":
                assert rows()[-1] == "few:mse"
        await pilot.press("S")
        await settled(pilot)
        assert rows()[0] == "nuclei-1:bce"

    show(three, sort)


def test_curves_are_over_steps_or_wall_time(three: list[Path]) -> None:
    show(three, keys("w", says=("by wall time", " s ")))
    show(three, keys("w", "x", "y", "left", says=("by wall time", "log x", "at step 1 240 of")))


def test_a_difference_says_its_spread_and_how_seeds_are_compared(
    three: list[Path], new_run: MakeRun
) -> None:
    show(three, keys("d", says=("less", "paired where seeds are shared", "≈")))
    show(three[0], keys("d", says=("paired by seed", "≈", "inside the noise")))
    show(three[2], keys("d", says=("one seed", "needs two"), not_says=("±",)))


def test_what_differs_between_runs_stands_at_the_top_and_behind_a_key(three: list[Path]) -> None:
    show(three, keys("D", says=("what differs between 3 runs", "seeds", "esc close")))
    show(three, keys("x", says=("seeds: 5 | 2 | [7]",)))
    show(three[0], keys("D", says=("objtui watch RUN RUN",)))


def test_more_heads_than_panels_are_reached_by_tab_and_hidden_by_minus(
    new_run: MakeRun, tmp_path: Path
) -> None:
    heads = tuple(HeadInfo(f"head{i}", "bce", 1, "head0") for i in range(12))

    async def go(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press(*["tab"] * 11)
        await settled(pilot)
        assert app.dashboard.focused_panel.name == "head11"
        assert sum("head11" in line for line in screen_lines(app)) >= 1
        assert "no room" not in screen_lines(app)[-1]
        await pilot.press("h")  # a view has as many heads side by side as fit
        await settled(pilot)
        assert "head11" in "\n".join(screen_lines(app)[:3])
        await pilot.press("h", "h", "minus")
        await settled(pilot)
        assert 11 not in app.dashboard.state.shown
        assert app.dashboard.focused_panel.name == "head0"

    show(record_nuclei(new_run, tmp_path, heads=heads, steps=(0, 9), claims=()).path, go)


def test_commands_go_to_the_run_of_the_head_in_focus(new_run: MakeRun, tmp_path: Path) -> None:
    writers = [record_nuclei(new_run, tmp_path, name=name, state="running") for name in ("a", "b")]

    async def pause(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("tab", "tab", "tab", "space")

    show([writer.path for writer in writers], pause)
    assert [writer.take_commands() for writer in writers] == [[], ["pause"]]


def test_the_run_is_exported_to_the_offered_place_and_not_over_it_unasked(
    new_run: MakeRun, tmp_path: Path
) -> None:
    async def export(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("e", "down", "enter")
        await shows(pilot, "written: ")
        await pilot.press("e", "down")
        await settled(pilot)
        assert app.screen._input.value.endswith("nuclei-1-2.jsonl")
        app.screen._input.value = str(tmp_path / "nuclei-1.jsonl")
        await pilot.press("enter")
        await shows(pilot, "enter again replaces it")
        await pilot.press("enter")
        await shows(pilot, "written: ")
        await pilot.press("e")
        app.screen._input.value = str(tmp_path / "nowhere" / "x")
        await pilot.press("enter")
        await shows(pilot, "is no folder")

    show(record_nuclei(new_run, tmp_path).path, export, (200, 40))
    assert (tmp_path / "nuclei-1.jsonl").read_text().startswith('{"type": "run"')


def test_q_leaves_several_runs_at_once(three: list[Path]) -> None:
    async def leave(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("q")
        await reached(pilot, lambda: app.return_value is not None)

    leaving = show(three, leave).return_value
    assert leaving is not None
    assert leaving.how == "ended"
