"""The whole dashboard on recorded runs, driven by keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from objtui.runfile.records import HeadInfo
from objtui.ui.charts.line_panel import LinePanel
from objtui.ui.dashboard import actions
from objtui.ui.dashboard.app import DashboardApp
from objtui.ui.dashboard.exit import Exit, ExitReason
from objtui.ui.dashboard.in_sight import heads_in_sight
from objtui.ui.keys import KEYS
from objtui.ui.theme import Theme
from objtui.ui.view_state import ViewState
from tests.runs_for_tests import MakeRun, a_summary, record_flat, record_nuclei
from tests.ui.driving import panels_text, reached, screen_lines, settled, show, shows

SIZES = [(80, 24), (120, 40), (200, 60)]
KINDS: dict[str, dict[str, Any]] = {
    "empty": {"steps": ()},
    "one frame": {"steps": (0,)},
    "diverged": {"diverged_from": 20},
    "finished": {},
}

THOROUGH = pytest.mark.thorough


def state_of(app: DashboardApp) -> ViewState:
    return app.dashboard.state


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        pytest.param(kind, size, marks=() if kind == "finished" or size == SIZES[1] else THOROUGH)
        for kind in KINDS
        for size in SIZES
    ],
    ids=str,
)
def test_every_key_works_on_every_kind_of_run(
    kind: str, size: tuple[int, int], new_run: MakeRun
) -> None:
    async def press_all(pilot: Pilot[Exit], app: DashboardApp) -> None:
        for key in KEYS:
            if key.action is actions.leave:
                continue
            await pilot.press(key.keys[0])
            if app.screen is not app.dashboard:  # help, log or palette
                await pilot.press("escape")
        await reached(pilot, lambda: app.screen is app.dashboard)
        assert app.return_value is None

    show(record_flat(new_run, **KINDS[kind]).path, press_all, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_heads_scores_curves_and_claims_are_on_one_screen(
    size: tuple[int, int], new_run: MakeRun
) -> None:
    async def steps(pilot: Pilot[Exit], app: DashboardApp) -> None:
        text = panels_text(app)
        claims = "claims? 0 of 1 hold" if size == (80, 24) else "They agree"
        for word in ("bce", "nll", "scores", claims, "finished", "help"):
            assert word in text
        widths = {len(line) for line in text.splitlines() if line}
        assert max(widths) <= size[0]

    show(record_flat(new_run).path, steps, size)


CHANGES: list[tuple[str, Callable[[ViewState], Any]]] = [
    ("1", lambda state: state.hidden),
    ("o", lambda state: state.overlay),
    ("d", lambda state: state.difference),
    ("r", lambda state: state.reference),
    ("z", lambda state: state.probability),
    ("y", lambda state: (state.log_value, state.log_counts)),
    ("x", lambda state: state.log_step),
    ("m", lambda state: state.score),
    ("M", lambda state: state.score),
    ("s", lambda state: state.smoothing),
]


@pytest.mark.parametrize(("key", "choice"), CHANGES, ids=[key for key, _ in CHANGES])
def test_a_key_changes_what_it_says(
    key: str, choice: Callable[[ViewState], Any], new_run: MakeRun
) -> None:
    async def press(pilot: Pilot[Exit], app: DashboardApp) -> None:
        before, text = choice(state_of(app)), panels_text(app)
        await pilot.press(key)
        assert choice(state_of(app)) != before
        if key != "r":  # which shows only in a difference
            await reached(pilot, lambda: panels_text(app) != text)

    show(record_flat(new_run).path, press)


def test_enter_zooms_the_panel_in_focus_and_escape_goes_back(new_run: MakeRun) -> None:
    async def zoom(pilot: Pilot[Exit], app: DashboardApp) -> None:
        for which in app.dashboard.focus_order():
            name = which.name
            assert app.dashboard.focused_panel == which
            panel = app.screen.query_one(f"#{name}")
            await pilot.press("enter")
            await reached(pilot, lambda panel=panel: panel.size == (120, 38), name)
            await pilot.press("escape", "tab")
            await reached(pilot, lambda panel=panel: panel.size != (120, 38), name)

    show(record_flat(new_run).path, zoom)


@pytest.mark.parametrize(("key", "how"), [("q", "ended"), ("ctrl+c", "interrupted")])
def test_an_ended_run_is_left_at_once(key: str, how: ExitReason, new_run: MakeRun) -> None:
    async def leave(pilot: Pilot[Exit], app: DashboardApp) -> None:
        await pilot.press(key)
        await reached(pilot, lambda: app.return_value is not None)

    app = show(record_flat(new_run).path, leave)
    assert app.return_value == Exit(how)


@pytest.mark.parametrize(
    ("answer", "how"), [("l", "left"), ("s", "stopped"), ("ctrl+c", "interrupted"), ("c", None)]
)
def test_q_asks_what_becomes_of_a_training_that_goes_on(
    answer: str, how: str | None, new_run: MakeRun
) -> None:
    writer = record_flat(new_run, state="running", steps=(0,))

    async def leave(pilot: Pilot[Exit], app: DashboardApp) -> None:
        await pilot.press("q")
        assert app.screen is not app.dashboard
        await pilot.press(answer)
        if how is None:
            await reached(pilot, lambda: app.screen is app.dashboard)
        else:
            await reached(pilot, lambda: app.return_value is not None)

    app = show(writer.path, leave)
    assert app.return_value == (None if how is None else Exit(how))


@pytest.mark.parametrize(
    ("key", "command"), [("space", "pause"), ("full_stop", "step")], ids=["space", "."]
)
def test_keys_command_the_training(key: str, command: str, new_run: MakeRun) -> None:
    writer = record_flat(new_run, state="running", steps=(0,))

    async def press(pilot: Pilot[Exit], app: DashboardApp) -> None:
        await pilot.press(key)

    show(writer.path, press)
    assert writer.take_commands() == [command]


@pytest.mark.parametrize(("width", "panels"), [(80, 1), (120, 1), (160, 8)])
def test_as_many_heads_have_a_panel_as_there_is_room_for(
    width: int, panels: int, new_run: MakeRun
) -> None:
    heads = tuple(HeadInfo(f"head{n}", "bce", 1, "head0") for n in range(8))
    path = record_flat(new_run, steps=(0,), heads=heads, claims=()).path

    async def count(pilot: Pilot[Exit], app: DashboardApp) -> None:
        names = [which.name for which in heads_in_sight(app.dashboard.state, app.size.width)]
        assert len(names) == panels
        for name in names:
            assert app.screen.query_one(f"#{name}").size.width >= 20
        assert "head7" in panels_text(app)  # in any case

    show(path, count, (width, 40))


def test_a_terminal_that_is_too_small_is_told_what_is_needed(new_run: MakeRun) -> None:
    async def shrink(pilot: Pilot[Exit], app: DashboardApp) -> None:
        await pilot.resize_terminal(40, 10)
        await reached(pilot, lambda: "60x16 is needed" in panels_text(app))
        await pilot.resize_terminal(120, 40)
        await reached(pilot, lambda: "scores" in panels_text(app))

    show(record_flat(new_run).path, shrink)


def test_ascii_glyphs_and_no_colours_need_no_other_character(new_run: MakeRun) -> None:
    async def steps(pilot: Pilot[Exit], app: DashboardApp) -> None:
        assert panels_text(app).isascii()

    show(record_flat(new_run).path, steps, theme=Theme("ascii", colours=False))


@pytest.mark.parametrize(
    ("answer", "how"), [("l", "ended"), ("s", "ended"), ("ctrl+c", "interrupted")]
)
def test_the_quit_question_notices_that_the_run_has_ended_behind_it(
    answer: str, how: ExitReason, new_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("objtui.runfile.writer.CLOSE_TIMEOUT_S", 0.0)
    writer = record_flat(new_run, state="running", steps=(0,))

    async def leave(pilot: Pilot[Exit], app: DashboardApp) -> None:
        await pilot.press("q")
        writer.finish("finished", a_summary(40), "")
        await shows(pilot, "has ended meanwhile: finished")
        await pilot.press(answer, "l")
        await reached(pilot, lambda: app.return_value is not None)

    assert show(writer.path, leave).return_value == Exit(how)


def test_an_answer_that_comes_before_the_end_was_noticed_stops_nothing_that_has_ended(
    new_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("objtui.runfile.writer.CLOSE_TIMEOUT_S", 0.0)
    writer = record_flat(new_run, state="running", steps=(0,))

    async def leave(pilot: Pilot[Exit], app: DashboardApp) -> None:
        await pilot.press("q")
        monkeypatch.setattr(app.dashboard.reading, "read", lambda: None)
        writer.finish("finished", a_summary(40), "")
        actions.answer_quit(app.dashboard, "stop")
        await reached(pilot, lambda: app.return_value is not None)

    assert show(writer.path, leave).return_value == Exit("ended")


def test_the_footer_has_keys_of_the_training_while_there_is_one(new_run: MakeRun) -> None:
    writer = record_flat(new_run, "goes-on", state="running", steps=(0,))

    async def ended(pilot: Pilot[Exit], app: DashboardApp) -> None:
        footer = screen_lines(app)[-1]
        assert footer.startswith(" o overlay")
        assert footer.endswith("? help  q quit")

    async def goes_on(pilot: Pilot[Exit], app: DashboardApp) -> None:
        assert screen_lines(app)[-1].startswith(" space pause  . step  o overlay")

    show(record_flat(new_run).path, ended)
    show(writer.path, goes_on)


def test_a_head_that_is_hidden_leaves_the_axis_to_the_others(
    new_run: MakeRun, tmp_path: Path
) -> None:
    async def hide(pilot: Pilot[Exit], app: DashboardApp) -> None:
        ends = []
        for keys in ((), ("1", "2"), ("0",)):
            await pilot.press(*keys)
            await settled(pilot)
            border = app.screen.query_one("#head2", LinePanel).lines[-1].plain
            ends.append(border[1:4])
        assert ends == ["−20", "−15", "−20"]

    show(record_nuclei(new_run, tmp_path).path, hide)
