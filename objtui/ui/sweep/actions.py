"""What the keys of a sweep's dashboard do with its screen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from objtui.measures.scores import score_of
from objtui.text.numbers import counted
from objtui.ui.dashboard.exit import ExitReason
from objtui.ui.key import KeyHelp, help_rows
from objtui.ui.screens.confirm import ConfirmScreen
from objtui.ui.screens.help import HelpScreen
from objtui.ui.screens.palette import PaletteScreen
from objtui.ui.screens.prompt import PromptScreen
from objtui.ui.screens.quit import Answer, QuitScreen
from objtui.ui.sweep.exit import SweepExit
from objtui.ui.sweep.reading import SweepMoment
from objtui.ui.sweep.screen import SweepScreen
from objtui.ui.terminal.app import TerminalApp


def leave(screen: SweepScreen) -> None:
    """Leave: at once where no training of ours goes on, else after asking.

    At once ctrl+c is the same as SIGINT, but where a training of ours may go on unread.
    """
    key = screen.app.latest_key if isinstance(screen.app, TerminalApp) else ""
    goes_back = key in ("q", "escape")
    moment = screen.moment
    if not screen.owns or moment is None or not moment.driven:
        is_over = moment is not None and moment.is_over
        interrupts = key == "ctrl+c" and (moment is not None or not screen.owns)
        how: ExitReason = "interrupted" if interrupts else "ended" if is_over else "left"
        screen.leave(SweepExit(how, back=goes_back))
        return

    def answered(answer: Answer | None) -> None:
        if answer == "leave":
            screen.leave(SweepExit("left", back=goes_back))
        elif answer == "stop":
            screen.leave(SweepExit("stopped", back=goes_back))
        elif answer == "interrupt":
            screen.leave(SweepExit("interrupted"))

    name = moment.record.name
    question = QuitScreen(name, screen.theme, go_on=f"objtui sweep resume {name}")
    screen.app.push_screen(question, answered)


def back(screen: SweepScreen) -> None:
    """One layer back."""
    if screen.show_both():
        return
    if screen.rows.marked:
        screen.rows.unmark()
    elif screen.rows.words:
        screen.rows.set_filter("")
    elif screen.leads_back:
        leave(screen)


def move(screen: SweepScreen, by: int) -> None:
    """Move the cursor by cells."""
    screen.rows.action_move(by)


def page(screen: SweepScreen, by: int) -> None:
    """Move the cursor by what is in sight."""
    screen.rows.action_page(by)


def go_to(screen: SweepScreen, row: int) -> None:
    """The first cell, or with -1 the last."""
    screen.rows.action_go_to(row)


def mark(screen: SweepScreen) -> None:
    """Mark a cell, to be opened with others."""
    if screen.rows.row is not None and screen.rows.row.choice is None:
        screen.say("this cell has no run yet")
    screen.rows.action_mark()


def open_cells(screen: SweepScreen) -> None:
    """Open the marked cells side by side, or the one under the cursor."""
    row = screen.rows.row
    if row is not None and row.choice is None and not screen.rows.marked:
        screen.say("this cell has no run to open")
        return
    screen.rows.action_choose()


def sort_by(screen: SweepScreen, head: int = 0, score: int = 0) -> None:
    """Order the cells by a head, or a score, further on."""
    if screen.moment is None or not screen.moment.heads:
        screen.say("no cell has begun yet")
        return
    moment = screen.moment
    screen.choose(screen.order.moved(moment.heads, moment.scores, head, score))


def reverse(screen: SweepScreen) -> None:
    """Order the cells the other way round."""
    screen.choose(replace(screen.order, reverse=not screen.order.reverse))


def choose_sort(screen: SweepScreen) -> Any:
    """Order the cells by a HEAD.SCORE that is looked for by typing."""
    if screen.moment is None or not screen.moment.heads:
        screen.say("no cell has begun yet")
        return None
    sorts = [(head, score) for head in screen.moment.heads for score in screen.moment.scores]

    def chosen(place: int | None) -> None:
        if place is not None:
            head, score = sorts[place]
            screen.choose(replace(screen.order, head=head, score=score))

    listed = [KeyHelp(f"{head}.{score}", score_of(score).meaning, "") for head, score in sorts]
    palette = PaletteScreen(listed, screen.theme, noun="scores to sort by")
    return screen.app.push_screen(palette, chosen)


def filter_cells(screen: SweepScreen) -> Any:
    """Show the cells that match what is typed."""
    prompt = PromptScreen(
        "show cells with",
        screen.theme,
        value=screen.rows.words,
        hint="enter keeps it   esc shows all",
        changed=screen.rows.set_filter,
    )
    return screen.app.push_screen(prompt, lambda words: screen.rows.set_filter(words or ""))


def show_next(screen: SweepScreen) -> None:
    """The chart over the whole screen, then the table, then both."""
    screen.show_next()


def stop(screen: SweepScreen) -> None:
    """Stop the training of the sweep, after asking."""
    moment = screen.moment
    if moment is None or moment.is_over:
        screen.say("nobody trains this sweep")
        return
    details = [
        f"{counted(len(moment.results) - moment.done, 'cell')} are not done; what they have come",
        "to is kept, and c goes on with them.",
    ]
    _ask(screen, f"Stop the sweep {moment.record.name}?", details, "stop")


def retry(screen: SweepScreen) -> None:
    """Train the failed cells anew, after asking."""
    moment = _idle(screen)
    if moment is not None:
        if not moment.failed:
            screen.say("no cell has failed")
            return
        question = f"Train {counted(moment.failed, 'failed cell')} anew?"
        _ask(screen, question, _stopped_first(moment), "retry")


def resume(screen: SweepScreen) -> None:
    """Train what is left, after asking."""
    moment = _idle(screen)
    if moment is not None:
        left = len(moment.results) - moment.done
        if not left:
            screen.say("every cell is done")
            return
        details = ["Those that stopped go on from their checkpoints; failed ones begin anew."]
        details += _stopped_first(moment)
        _ask(screen, f"Train {counted(left, 'cell')} that are not done?", details, "resume")


def show_help(screen: SweepScreen) -> None:
    """Help from the key table."""
    screen.app.push_screen(HelpScreen(help_rows(screen.keys), screen.theme))


def command_palette(screen: SweepScreen) -> Any:
    """Look for a key by what it does, and do that."""
    keys = [key for key in screen.keys if key.action is not command_palette]

    async def chosen(place: int | None) -> None:
        if place is not None:
            await screen.do(keys[place].action)

    rows = [KeyHelp(key.shown, key.text, key.group) for key in keys]
    return screen.app.push_screen(PaletteScreen(rows, screen.theme), chosen)


def _idle(screen: SweepScreen) -> SweepMoment | None:
    """The sweep, where nobody trains it, which is said."""
    if screen.moment is not None and screen.moment.driven:
        screen.say("it is in training; x stops that")
        return None
    return screen.moment


def _stopped_first(moment: SweepMoment) -> list[str]:
    """What becomes of cells that a driver which is gone has left in training."""
    if not moment.training:
        return []
    return [
        f"The driver is gone. Still in training: {counted(moment.training, 'cell')}; they are",
        "stopped first, with a checkpoint each, from which c goes on.",
    ]


def _ask(screen: SweepScreen, question: str, details: Sequence[str], action: str) -> None:
    def answered(agreed: bool | None) -> None:
        if agreed:
            screen.run_worker(_command(screen, action))

    screen.app.push_screen(ConfirmScreen(question, details, action, screen.theme), answered)


async def _command(screen: SweepScreen, action: str) -> None:
    screen.say(f"{action} …" if screen.theme.glyphs != "ascii" else f"{action} ...")
    words = await asyncio.to_thread(screen.command, action)
    screen.owns = screen.owns or action != "stop"
    screen.read_now()
    screen.say(words)
