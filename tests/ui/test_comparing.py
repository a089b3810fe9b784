"""The keys of time, of several runs and of export, in the whole dashboard."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from textual.app import App
from textual.pilot import Pilot

from objtui.runfile.records import HeadInfo
from objtui.ui.keys import KEYS
from objtui.ui.line_panel import framed
from objtui.ui.view_state import SCORE_COLUMNS
from objtui.ui.views import VIEWS, Viewed
from tests.ui.recorded import SCHEDULE, MakeRun, a_frame, record, screen_lines, settled, show

ONE_SEED: dict[str, Any] = {"name": "one-seed", "seeds": (7,), "steps": (0, 30, 1300)}


@pytest.fixture
def three(new_run: MakeRun, tmp_path: Path) -> list[Path]:
    """Three runs of other lengths and seeds."""
    few = {"name": "few", "seeds": (0, 1), "steps": SCHEDULE[:9], "claims": ()}
    return [record(new_run, tmp_path, **run).path for run in ({}, few, ONE_SEED)]


def keys(*pressed: str, says: tuple[str, ...] = (), not_says: tuple[str, ...] = ()) -> Callable:
    """A script that presses keys and looks for words on the screen."""

    async def script(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press(*pressed)
        await settled(pilot)
        text = "\n".join(screen_lines(app))
        for word in says:
            assert word in text, text
        for word in not_says:
            assert word not in text, text

    return script


async def shows(pilot: Pilot[Any], word: str) -> None:
    """Wait for a word on the screen."""
    for _ in range(1000):
        if word in "\n".join(screen_lines(pilot.app)):
            return
        await pilot.pause(0.01)
    pytest.fail(f"{word!r} did not come:\n" + "\n".join(screen_lines(pilot.app)))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
def test_every_key_works_on_runs_of_every_kind_side_by_side(
    size: tuple[int, int], new_run: MakeRun, tmp_path: Path
) -> None:
    goes_on = record(new_run, tmp_path, name="goes-on", state="running").path
    (tmp_path / "copies").mkdir()
    kinds = [
        record(new_run, tmp_path, name="empty", steps=(), state="failed", message="no data").path,
        record(new_run, tmp_path, name="one-frame", steps=(0,)).path,
        record(new_run, tmp_path, name="lost", diverged={20: {"mse": (0, 1, 2, 3, 4)}}).path,
        Path(shutil.copy(goes_on, tmp_path / "copies")),
        record(new_run, tmp_path, **ONE_SEED).path,
    ]

    async def press_all(pilot: Pilot[Any], app: App[Any]) -> None:
        for key in KEYS:
            if key.action == "leave":
                continue
            await pilot.press(key.keys[0])
            if app.screen is not app.dashboard:  # a prompt, help, log or palette
                await pilot.press("escape")
        await pilot.pause()
        assert app.screen is app.dashboard
        assert app.return_value is None

    show(kinds, press_all, size)


TIME = [
    (("left",), "at step 1 000 of 2 000"),
    (("left", "left", "right"), "at step 1 000 of 2 000"),
    (("shift+left",), "at step 5 of 2 000"),
    (("shift+left", "shift+left"), "at step 0 of 2 000"),
    (("home",), "at step 0 of 2 000"),
    (("home", "shift+right"), "at step 600 of 2 000"),
    (("colon", "7", "5", "0", "enter"), "at step 600 of 2 000"),
    (("colon", "9", "9", "9", "9", "9", "enter"), "at step 1 240 of 2 000"),
    (("left", "end"), "step 1 240/2 000"),
    (("right",), "step 1 240/2 000"),
]


@pytest.mark.parametrize(("pressed", "header"), TIME, ids=[" ".join(keys) for keys, _ in TIME])
def test_the_cursor_goes_where_a_key_says(
    pressed: tuple[str, ...], header: str, new_run: MakeRun, tmp_path: Path
) -> None:
    step = header.split("step ")[1].split(" of", maxsplit=1)[0].split("/", maxsplit=1)[0]
    path = record(new_run, tmp_path).path
    show(path, keys(*pressed, says=(header, f"scores at step {step}")), (120, 40))


def test_every_run_moves_with_the_cursor(three: list[Path]) -> None:
    script = keys("colon", "4", "0", "enter", says=("at step 30 of", "at step 30"))
    show(three, script)
    before = keys("home", says=("at step 0 of",))
    show(three, before)


def test_the_cursor_is_marked_in_the_curves_which_stay_as_wide(
    new_run: MakeRun, tmp_path: Path
) -> None:
    async def move(pilot: Pilot[Any], app: App[Any]) -> None:
        curves = app.dashboard.query_one("#curves")
        live = [line.plain for line in curves.lines]
        await pilot.press("home")
        for _ in SCHEDULE:
            await pilot.press("right")
            now = [line.plain for line in curves.lines]
            assert [line.replace("┊", " ") for line in now[1:]] == live[1:]
            assert any("┊" in line for line in now)

    show(record(new_run, tmp_path).path, move)


def test_new_frames_do_not_move_a_parked_cursor(new_run: MakeRun, tmp_path: Path) -> None:
    writer = record(new_run, tmp_path, state="running")

    async def park(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("left")
        writer.append_frame(a_frame(1300))
        history = app.runs.histories[0]
        for _ in range(500):
            if history.columns.steps[-1] == 1300:
                break
            await pilot.pause(0.01)
        await settled(pilot)
        assert "scores at step 1 000" in "\n".join(screen_lines(app))
        await pilot.press("end")
        await shows(pilot, "scores at step 1 300")

    show(writer.path, park)


def test_a_replay_goes_from_the_start_to_the_end_and_halts_there(
    new_run: MakeRun, tmp_path: Path
) -> None:
    async def replay(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("less_than_sign", "less_than_sign", "p")
        await shows(pilot, "replay 1/s  at step 0 of")
        await pilot.press("p")
        await settled(pilot)
        assert "replay" not in screen_lines(app)[0]
        await pilot.press(*["greater_than_sign"] * 6, "p")
        await shows(pilot, "at step 1 240 of")
        assert "replay" not in screen_lines(app)[0]

    show(record(new_run, tmp_path).path, replay)


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
            lines = [line.plain for line in scores.lines]
            return [line.split()[1] for line in lines[2:-1] if ":" in line]

        for name in SCORE_COLUMNS:
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
    show(three, keys("d", says=("less", "paired in a run", "≈")))
    show(three[0], keys("d", says=("paired by seed", "≈")))
    show(three[2], keys("d", says=("one seed", "not known"), not_says=("±",)))


def test_more_heads_than_panels_are_reached_by_tab_and_hidden_by_minus(
    new_run: MakeRun, tmp_path: Path
) -> None:
    heads = tuple(HeadInfo(f"head{i}", "bce", 1, "head0") for i in range(12))

    async def go(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press(*["tab"] * 11)
        await settled(pilot)
        assert app.dashboard.focused_panel == "head11"
        assert "head11" in "\n".join(screen_lines(app)[:3])
        await pilot.press("minus")
        await settled(pilot)
        assert 11 not in app.dashboard.state.shown
        assert app.dashboard.focused_panel == "head0"

    show(record(new_run, tmp_path, heads=heads, steps=(0, 9), claims=()).path, go)


def test_commands_go_to_the_run_of_the_head_in_focus(new_run: MakeRun, tmp_path: Path) -> None:
    writers = [record(new_run, tmp_path, name=name, state="running") for name in ("a", "b")]

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

    show(record(new_run, tmp_path).path, export, (200, 40))
    assert (tmp_path / "nuclei-1.jsonl").read_text().startswith('{"type": "run"')


def test_q_leaves_several_runs_at_once(three: list[Path]) -> None:
    async def leave(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("q")
        await pilot.pause()

    leaving = show(three, leave).return_value
    assert leaving is not None
    assert leaving.how == "ended"


def test_a_view_takes_the_place_of_heads_or_curves_and_escape_gives_it_back(
    three: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Viewed] = []

    def draw(viewed: Viewed) -> list[Text]:
        asked.append(viewed)
        return framed(Text("a view"), [], viewed.width, viewed.height, viewed.look)

    for name in ("history", "bands", "reliability"):
        monkeypatch.setitem(VIEWS, name, draw)

    async def look(pilot: Pilot[Any], app: App[Any]) -> None:
        app.dashboard.action_middle("reliability")
        await settled(pilot)
        assert {viewed.head for viewed in asked} == {0}
        app.dashboard.action_histograms()
        await settled(pilot)
        assert {viewed.head for viewed in asked} == set(range(6))
        assert all(viewed.moment is not None for viewed in asked)
        assert "\n".join(screen_lines(app)).count("a view") == 7
        await pilot.press("escape")
        await settled(pilot)
        assert "a view" not in "\n".join(screen_lines(app))

    show(three, look)


@pytest.mark.parametrize("runs", [1, 3])
@pytest.mark.parametrize(
    ("pressed", "words"),
    [
        ("h", ""),
        ("hh", "O objects"),
        ("c", "ECE"),
        ("g", "dL/dz"),
        ("t", "F1"),
    ],
)
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
def test_every_view_is_drawn_from_what_is_recorded(
    pressed: str, words: str, runs: int, size: tuple[int, int], three: list[Path]
) -> None:
    async def look(pilot: Pilot[Any], app: App[Any]) -> None:
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

    show(three[0] if runs == 1 else three, look, size)
