"""What each key of the dashboard does with its screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objtui.errors import ObjtuiError
from objtui.ui.charts.words import NOTHING_YET
from objtui.ui.dashboard.layout import PanelId, panels_at
from objtui.ui.dashboard.mouse_help import MOUSE_HELP
from objtui.ui.dashboard.replay import moved
from objtui.ui.key import KeyHelp, help_rows
from objtui.ui.late import Late

if TYPE_CHECKING:
    from objtui.advice.advise import advice_at
    from objtui.runfile.commands import CommandName
    from objtui.ui.dashboard.export import export_shown, offered_place
    from objtui.ui.dashboard.screen import DashboardScreen
    from objtui.ui.screens.advice import AdviceScreen, RunAdvice
    from objtui.ui.screens.differing import DifferingScreen
    from objtui.ui.screens.export import ExportChoice, ExportScreen
    from objtui.ui.screens.help import HelpScreen
    from objtui.ui.screens.log import LogScreen
    from objtui.ui.screens.palette import PaletteScreen
    from objtui.ui.screens.prompt import PromptScreen
    from objtui.ui.screens.quit import Answer, QuitScreen
    from objtui.ui.view_state import ViewPlace
else:
    advice_at = Late("objtui.advice.advise:advice_at")
    export_shown = Late("objtui.ui.dashboard.export:export_shown")
    offered_place = Late("objtui.ui.dashboard.export:offered_place")
    AdviceScreen = Late("objtui.ui.screens.advice:AdviceScreen")
    RunAdvice = Late("objtui.ui.screens.advice:RunAdvice")
    DifferingScreen = Late("objtui.ui.screens.differing:DifferingScreen")
    ExportScreen = Late("objtui.ui.screens.export:ExportScreen")
    HelpScreen = Late("objtui.ui.screens.help:HelpScreen")
    LogScreen = Late("objtui.ui.screens.log:LogScreen")
    PaletteScreen = Late("objtui.ui.screens.palette:PaletteScreen")
    PromptScreen = Late("objtui.ui.screens.prompt:PromptScreen")
    QuitScreen = Late("objtui.ui.screens.quit:QuitScreen")


def pause(screen: DashboardScreen) -> None:
    """Pause a running training, continue a paused one."""
    history = screen.source.history
    paused = history is not None and history.status.state == "paused"
    _command(screen, "continue" if paused else "pause")


def single_step(screen: DashboardScreen) -> None:
    """One evaluation further, then pause."""
    _command(screen, "step")


def _command(screen: DashboardScreen, command: CommandName) -> None:
    history = screen.source.history
    if history is not None and history.header.recorded and not history.ended:
        screen.say("a training loop of its own cannot be paused; `objtui stop` ends it")
        return
    try:
        screen.source.send(command)
    except ObjtuiError as error:
        screen.say(error.lines()[0])


def leave(screen: DashboardScreen) -> None:
    """Leave: at once where no training of ours goes on, else after asking.

    At once ctrl+c is the same as SIGINT, but in a dashboard that another one opened.
    """
    runs = screen.runs
    screen.goes_back = screen.latest_key in ("q", "escape")
    if runs.ended or not screen.owns_training or runs.resumed:
        interrupts = screen.latest_key == "ctrl+c" and not screen.leads_back
        screen.leave("interrupted" if interrupts else "ended" if runs.ended else "left")
        return
    reader = runs.sources[0].reader  # several runs are watched, not owned
    run = "last" if reader is None else shown_run(reader.path)
    question = QuitScreen(run, screen.renderer.theme)
    screen.app.push_screen(question, lambda answer: answer_quit(screen, answer))


def answer_quit(screen: DashboardScreen, answer: Answer | None) -> None:
    """Leave as a person has answered, or stay."""
    if answer in (None, "cancel") or screen.reading.poll() is None:
        return
    if answer == "interrupt":
        screen.leave("interrupted")
    elif screen.runs.ended:
        screen.leave("ended")
    elif answer == "leave":
        screen.leave("left")
    elif answer == "stop":
        screen.leave("stopped")


def shown_run(path: Path) -> str:
    """What to call a run on a command line: its name, or its path where that is elsewhere."""
    return path.stem if path.parent == Path("runs") else str(path)


def toggle_head(screen: DashboardScreen, position: int) -> None:
    """Show or hide a head."""
    screen.choose(screen.state.toggle_head(position))
    screen.keep_focus()


def all_heads(screen: DashboardScreen) -> None:
    """Show every head."""
    screen.choose(replace(screen.state, hidden=frozenset()))


def hide_focused(screen: DashboardScreen) -> None:
    """Hide the head in focus, which moves on to the next one."""
    hidden, shown = screen.state.focus, screen.state.shown
    state = screen.state.toggle_head(hidden)
    if state == screen.state or hidden not in shown:
        return
    following = shown[(shown.index(hidden) + 1) % len(shown)]
    screen.focused_panel = PanelId(panels_at("heads")[0], following)
    screen.choose(replace(state, focus=following))


def move_focus(screen: DashboardScreen, by: int) -> None:
    """Move the focus from panel to panel, and with it the head in focus."""
    panels = screen.focus_order()
    at = panels.index(screen.focused_panel) if screen.focused_panel in panels else -by
    screen.focus_panel(panels[(at + by) % len(panels)])


def overlay(screen: DashboardScreen) -> None:
    """Every head on one axis, or a panel each."""
    _flip(screen, "overlay")
    screen.keep_focus()


def difference(screen: DashboardScreen) -> None:
    """Difference from the reference head, or the counts themselves."""
    _flip(screen, "difference")


def reference(screen: DashboardScreen) -> None:
    """The next head as reference."""
    screen.choose(screen.state.next_reference())


def probability(screen: DashboardScreen) -> None:
    """Logit or probability axis."""
    _flip(screen, "probability")


def log_value(screen: DashboardScreen) -> None:
    """Linear or log value; counts and curves together."""
    state = screen.state
    screen.choose(replace(state, log_value=not state.log_value, log_counts=not state.log_counts))


def log_step(screen: DashboardScreen) -> None:
    """Linear or log step."""
    _flip(screen, "log_step")


def wall_time(screen: DashboardScreen) -> None:
    """Curves over steps or over wall time."""
    _flip(screen, "wall_time")


def _flip(screen: DashboardScreen, name: str) -> None:
    changed: dict[str, Any] = {name: not getattr(screen.state, name)}
    screen.choose(replace(screen.state, **changed))


def score(screen: DashboardScreen, by: int) -> None:
    """Another score in the curve panel."""
    history = screen.runs.history
    screen.choose(screen.state.next_score(by, () if history is None else history.logged))


def smoothing(screen: DashboardScreen) -> None:
    """Another strength of smoothing."""
    screen.choose(screen.state.next_smoothing())


def sort(screen: DashboardScreen) -> None:
    """Sort the scores by the next column."""
    screen.choose(screen.state.next_sort())


def show_view(screen: DashboardScreen, place: ViewPlace, views: Sequence[str]) -> None:
    """The next of some views in a place, or what is there by itself."""
    screen.choose(screen.state.next_view(place, views))


def picture(screen: DashboardScreen, by: int) -> None:
    """Another of the sample pictures, where they are shown."""
    if screen.state.view_at("histograms") != "pictures":
        screen.say("v shows the pictures of a detector, n and N go through them")
        return
    most = max((len(run.header.pictures) for run in screen.runs.histories), default=0)
    screen.choose(screen.state.next_picture(by, most))


def filter_heads(screen: DashboardScreen) -> Any:
    """Show the heads that match what is typed; keys that come at once are typed into it."""
    prompt = PromptScreen(
        "show heads with",
        screen.renderer.theme,
        value=screen.state.words,
        hint="enter keeps it   esc shows all",
        changed=screen.set_filter,
    )
    return screen.app.push_screen(prompt, lambda words: screen.set_filter(words or ""))


def jump(screen: DashboardScreen) -> Any:
    """Go to a step by its number."""
    prompt = PromptScreen(
        "jump to step", screen.renderer.theme, hint="enter goes there   esc stays", digits=True
    )
    return screen.app.push_screen(
        prompt, lambda digits: screen.go_to(int(digits)) if digits else None
    )


def move_cursor(screen: DashboardScreen, by: int) -> None:
    """So many recorded steps on, or back; from the latest on there is nothing."""
    screen.replay.halt()
    screen.show_at(moved(screen.runs.steps, screen.state.cursor, by))


def first_step(screen: DashboardScreen) -> None:
    """The first recorded step."""
    move_cursor(screen, -len(screen.runs.steps))


def live(screen: DashboardScreen) -> None:
    """The latest again."""
    screen.replay.halt()
    screen.show_at(None)


def replay(screen: DashboardScreen) -> None:
    """Go through what was recorded, or halt."""
    if screen.replay.running:
        screen.replay.halt()
        screen.show_at(screen.state.cursor)
    elif len(screen.runs.steps):
        screen.start_replay()


def replay_speed(screen: DashboardScreen, by: int) -> None:
    """Another speed of the replay."""
    screen.replay.change_speed(by)
    if screen.replay.running:
        screen.show_at(screen.state.cursor)
    else:
        speed = screen.replay.speed
        screen.say(f"replay at {speed} recorded steps a second: p starts it")


def zoom(screen: DashboardScreen) -> None:
    """The panel in focus over the whole screen, or all panels again."""
    screen.zoom(None if screen.zoomed else screen.focused_panel)


def scroll(screen: DashboardScreen, by: int, *, pages: bool = False) -> None:
    """Scroll what is zoomed; of curves, which are drawn one score at a time, go through them."""
    if screen.zoomed is None:
        screen.say("enter zooms the panel in focus; up and down scroll it then")
    elif screen.zoomed.panel.view_place == "curves" and not screen.state.curve_view:
        score(screen, by)
    elif not screen.scroll(by, pages=pages):
        screen.say("all of it is in sight")


def look_anew(screen: DashboardScreen) -> None:
    """The run as it is seen at first; how it was looked at is forgotten."""
    screen.look_anew()


def back(screen: DashboardScreen) -> None:
    """One layer back."""
    state = screen.state
    if screen.zoomed:
        zoom(screen)
    elif screen.put_notices_away():
        return
    elif state.curve_view or state.histogram_view:
        screen.choose(replace(state, curve_view="", histogram_view=""))
    elif state.words:
        screen.set_filter("")
    elif screen.leads_back:
        leave(screen)


def log(screen: DashboardScreen) -> None:
    """The run's log."""
    reader = screen.source.reader
    if reader is not None:
        screen.put_notices_away()  # they are in the log
        title = f"log of {reader.header().run}"
        screen.app.push_screen(LogScreen(reader.log, title, screen.renderer.theme))


def advice(screen: DashboardScreen) -> None:
    """What every run shows at the cursor, and what to do about it."""
    several, runs = screen.runs.several, []
    for at, source in enumerate(screen.runs.sources):
        if source.history is not None:
            run, said = advice_at(source, screen.state.cursor)
            label = screen.runs.labels[at] if several else source.history.header.run
            runs.append(RunAdvice(label, run, source.history.status, said))
    if all(each.run is None for each in runs):
        screen.say(NOTHING_YET)
        return
    screen.app.push_screen(AdviceScreen(runs, screen.renderer.theme))


def differing(screen: DashboardScreen) -> None:
    """What differs between the runs that are compared."""
    runs = screen.runs
    if not runs.several:
        screen.say("one run: `objtui watch RUN RUN` says what differs between runs")
    elif runs.side_by_side is None:
        screen.say("the runs are still being read")
    else:
        theme = screen.renderer.theme
        screen.app.push_screen(DifferingScreen(runs.labels, runs.differing, theme))


def export(screen: DashboardScreen) -> Any:
    """Ask for a format and a place, then write."""
    if screen.source.reader is None:
        screen.say(NOTHING_YET)
        return None
    asking = ExportScreen(lambda kind: str(offered_place(screen, kind)), screen.renderer.theme)
    return screen.app.push_screen(asking, lambda choice: _export(screen, choice))


def _export(screen: DashboardScreen, choice: ExportChoice | None) -> None:
    if choice is not None:
        screen.run_worker(_write(screen, choice), exclusive=False)


async def _write(screen: DashboardScreen, choice: ExportChoice) -> None:
    exported = await export_shown(screen, choice.kind, choice.place, force=choice.replace)
    screen.say(exported.error or f"written: {exported.place}")


def show_help(screen: DashboardScreen) -> None:
    """Help from the key table."""
    rows = [*help_rows(screen.keys), *MOUSE_HELP]
    screen.app.push_screen(HelpScreen(rows, screen.renderer.theme))


def _head_of(action: Callable[..., Any]) -> int:
    """The head that a key of a number is of; that of any other key is there."""
    position: int = action.keywords.get("position", 0) if isinstance(action, partial) else 0
    return position


def command_palette(screen: DashboardScreen) -> Any:
    """Look for a key by what it does, and do that."""
    keys = [
        key
        for key in screen.keys
        if key.action is not command_palette
        and (screen.zoomed or not key.zoomed)
        and _head_of(key.action) < screen.state.heads
    ]

    async def chosen(place: int | None) -> None:
        if place is not None:
            await screen.do(keys[place].action)

    rows = [KeyHelp(key.shown, key.text, key.group) for key in keys]
    return screen.app.push_screen(PaletteScreen(rows, screen.renderer.theme), chosen)
