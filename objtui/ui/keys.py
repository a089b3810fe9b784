"""The one key table: it feeds dispatch, the footer, the help and the command palette."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from objtui.ui.dashboard import actions
from objtui.ui.key import FOCUS_HINT, Key
from objtui.ui.panels.table import VIEWS, View

if TYPE_CHECKING:
    from objtui.ui.dashboard.screen import DashboardKey

TRAINING, HEADS, TIME = "Training", "Heads", "Time"
AXES, CURVES, IN_PLACE = "Axes", "Curves and scores", "Views"
PANELS, SCREENS = "Panels", "Screens"

LINES = ("up, down", "scroll the zoomed panel; of curves, other scores")
PAGES = ("pageup, pagedown", "scroll it by pages")


def view_keys(views: Sequence[View]) -> list[DashboardKey]:
    """A key for all views that name the same letter and place."""
    by_key: dict[str, list[View]] = {}
    for view in views:
        by_key.setdefault(view.key, []).append(view)
    return [
        Key(
            (letter,) if letter == letter.lower() else (letter, f"shift+{letter.lower()}"),
            letter,
            partial(actions.show_view, place=same[0].place, views=[view.name for view in same]),
            same[0].text,
            IN_PLACE,
            same[0].footer,
        )
        for letter, same in by_key.items()
    ]


KEYS: tuple[DashboardKey, ...] = (
    Key(
        ("space",),
        "space",
        actions.pause,
        "pause or continue the training",
        TRAINING,
        "pause",
        commands=True,
    ),
    Key(
        ("full_stop",),
        ".",
        actions.single_step,
        "one evaluation further, then pause",
        TRAINING,
        "step",
        commands=True,
    ),
    Key(
        ("q", "ctrl+q", "ctrl+c"),
        "q",
        actions.leave,
        "quit: leave the training running, stop it, or cancel",
        TRAINING,
        "quit",
    ),
    *(
        Key(
            (str(n),),
            str(n),
            partial(actions.toggle_head, position=n - 1),
            f"show or hide head {n}",
            HEADS,
            together=("1-9", "show or hide that head"),
        )
        for n in range(1, 10)
    ),
    Key(("0",), "0", actions.all_heads, "show every head", HEADS),
    Key(("o",), "o", actions.overlay, "overlay every head on one axis", HEADS, "overlay"),
    Key(("d",), "d", actions.difference, "difference from the reference head", HEADS, "difference"),
    Key(("r",), "r", actions.reference, "take the next head as reference", HEADS),
    Key(("minus",), "-", actions.hide_focused, "hide the head in focus", HEADS),
    Key(("slash",), "/", actions.filter_heads, "filter the heads by typing", HEADS),
    Key(
        ("left",),
        "left",
        partial(actions.move_cursor, by=-1),
        "one recorded step back",
        TIME,
        "time",
    ),
    Key(("right",), "right", partial(actions.move_cursor, by=1), "one recorded step on", TIME),
    Key(
        ("shift+left",),
        "shift+left",
        partial(actions.move_cursor, by=-10),
        "ten recorded steps back",
        TIME,
    ),
    Key(
        ("shift+right",),
        "shift+right",
        partial(actions.move_cursor, by=10),
        "ten recorded steps on",
        TIME,
    ),
    Key(("home",), "home", actions.first_step, "the first recorded step", TIME),
    Key(("end",), "end", actions.live, "back to the latest: live", TIME),
    Key(("colon",), ":", actions.jump, "jump to a step by its number", TIME),
    Key(("p",), "p", actions.replay, "replay what was recorded, or halt it", TIME),
    Key(("less_than_sign",), "<", partial(actions.replay_speed, by=-1), "replay slower", TIME),
    Key(("greater_than_sign",), ">", partial(actions.replay_speed, by=1), "replay faster", TIME),
    Key(("z",), "z", actions.probability, "logit or probability axis", AXES, "axis"),
    Key(("y",), "y", actions.log_value, "linear or log value: counts and curves", AXES),
    Key(("x",), "x", actions.log_step, "linear or log step", AXES),
    Key(
        ("m",), "m", partial(actions.score, by=1), "next score in the curve panel", CURVES, "score"
    ),
    Key(("M", "shift+m"), "M", partial(actions.score, by=-1), "previous score", CURVES),
    Key(("s",), "s", actions.smoothing, "smooth the curves; the raw line stays", CURVES),
    Key(("w",), "w", actions.wall_time, "curves over steps or wall time", CURVES),
    Key(("S", "shift+s"), "S", actions.sort, "sort the scores by the next column", CURVES),
    *view_keys(VIEWS),
    Key(
        ("n",), "n", partial(actions.picture, by=1), "next picture of those that v shows", IN_PLACE
    ),
    Key(("N", "shift+n"), "N", partial(actions.picture, by=-1), "previous picture", IN_PLACE),
    Key(
        ("tab",),
        "tab",
        partial(actions.move_focus, by=1),
        "move the focus to the next panel",
        PANELS,
        FOCUS_HINT,
    ),
    Key(
        ("shift+tab",),
        "shift+tab",
        partial(actions.move_focus, by=-1),
        "move the focus back",
        PANELS,
    ),
    Key(
        ("enter",),
        "enter",
        actions.zoom,
        "the panel in focus over the whole screen",
        PANELS,
        "zoom",
    ),
    *(
        Key(
            (name,),
            name,
            partial(actions.scroll, by=by, pages=pages),
            f"scroll the zoomed panel: {name}",
            PANELS,
            footer,
            zoomed=True,
            together=together,
        )
        for name, by, pages, together, footer in (
            ("up", -1, False, LINES, "scroll"),
            ("down", 1, False, LINES, ""),
            ("pageup", -1, True, PAGES, ""),
            ("pagedown", 1, True, PAGES, ""),
        )
    ),
    Key(("escape",), "escape", actions.back, "one layer back", PANELS, "back", zoomed=True),
    Key(
        ("R", "shift+r"),
        "R",
        actions.look_anew,
        "the first view again, and forget the one kept",
        PANELS,
    ),
    Key(("a",), "a", actions.advice, "what to do, and what the run shows", SCREENS, "what to do"),
    Key(
        ("D", "shift+d"),
        "D",
        actions.differing,
        "what differs between compared runs",
        SCREENS,
    ),
    Key(("l",), "l", actions.log, "the run's log", SCREENS),
    Key(("e",), "e", actions.export, "export the run, or a picture of the screen", SCREENS),
    Key(
        ("question_mark",),
        "?",
        actions.show_help,
        "this help; tab there: how to read this",
        SCREENS,
        "help",
    ),
    Key(("ctrl+p",), "ctrl+p", actions.command_palette, "command palette", SCREENS),
)
"""Every key, in the order of the help."""
