"""The one key table: it feeds dispatch, the footer, the help and the command palette."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the dashboard.

    Attributes:
        keys: names of the keys as Textual has them, the first one shown.
        shown: how the keys are written for people.
        action: name of the dashboard's action, with its arguments.
        text: what it does, for help and palette.
        group: heading in the help.
        footer: what the footer says, in a word or two; empty to leave it out.
        commands: whether it commands the training, and does nothing where there is none.
    """

    keys: tuple[str, ...]
    shown: str
    action: str
    text: str
    group: str
    footer: str = ""
    commands: bool = False


TRAINING, HEADS, TIME = "Training", "Heads", "Time"
AXES, CURVES, VIEWS, SCREENS = "Axes", "Curves and scores", "Views", "Screens"

GROUPS = (TRAINING, HEADS, TIME, AXES, CURVES, VIEWS, SCREENS)

KEYS: tuple[Key, ...] = (
    Key(
        ("space",),
        "space",
        "pause",
        "pause or continue the training",
        TRAINING,
        "pause",
        commands=True,
    ),
    Key(
        ("full_stop",),
        ".",
        "single_step",
        "one evaluation further, then pause",
        TRAINING,
        "step",
        commands=True,
    ),
    Key(
        ("q", "ctrl+q", "ctrl+c"),
        "q",
        "leave",
        "quit: leave the training running, stop it, or cancel",
        TRAINING,
        "quit",
    ),
    *(
        Key((str(n),), str(n), f"head({n - 1})", f"show or hide head {n}", HEADS)
        for n in range(1, 10)
    ),
    Key(("0",), "0", "all_heads", "show every head", HEADS),
    Key(("tab",), "tab", "focus_head(1)", "move the focus to the next head", HEADS),
    Key(("shift+tab",), "shift+tab", "focus_head(-1)", "move the focus back", HEADS),
    Key(("o",), "o", "overlay", "overlay every head on one axis", HEADS, "overlay"),
    Key(("d",), "d", "difference", "difference from the reference head", HEADS, "difference"),
    Key(("r",), "r", "reference", "take the next head as reference", HEADS),
    Key(("minus",), "-", "hide_focused", "hide the head in focus", HEADS),
    Key(("slash",), "/", "filter", "filter the heads by typing", HEADS),
    Key(("left",), "left", "move_cursor(-1)", "one recorded step back", TIME, "time"),
    Key(("right",), "right", "move_cursor(1)", "one recorded step on", TIME),
    Key(("shift+left",), "shift+left", "move_cursor(-10)", "ten recorded steps back", TIME),
    Key(("shift+right",), "shift+right", "move_cursor(10)", "ten recorded steps on", TIME),
    Key(("home",), "home", "first_step", "the first recorded step", TIME),
    Key(("end",), "end", "live", "back to the latest: live", TIME),
    Key(("colon",), ":", "jump", "jump to a step by its number", TIME),
    Key(("p",), "p", "replay", "replay what was recorded, or halt it", TIME),
    Key(("less_than_sign",), "<", "replay_speed(-1)", "replay slower", TIME),
    Key(("greater_than_sign",), ">", "replay_speed(1)", "replay faster", TIME),
    Key(("z",), "z", "probability", "logit or probability axis", AXES, "axis"),
    Key(("y",), "y", "log_value", "linear or log value: counts and curves", AXES),
    Key(("x",), "x", "log_step", "linear or log step", AXES),
    Key(("m",), "m", "score(1)", "next score in the curve panel", CURVES, "score"),
    Key(("M", "shift+m"), "M", "score(-1)", "previous score", CURVES),
    Key(("s",), "s", "smoothing", "smooth the curves; the raw line stays", CURVES),
    Key(("w",), "w", "wall_time", "curves over steps or wall time", CURVES),
    Key(("S", "shift+s"), "S", "sort", "sort the scores by the next column", CURVES),
    Key(("h",), "h", "histograms", "histograms now, over steps, as bands", VIEWS, "history"),
    Key(("c",), "c", "middle('reliability')", "reliability diagram, or the curves", VIEWS),
    Key(("g",), "g", "middle('gradient')", "dL/dz by class, or the curves", VIEWS),
    Key(("t",), "t", "middle('threshold')", "threshold sweep, or the curves", VIEWS),
    Key(("enter",), "enter", "zoom", "the panel in focus over the whole screen", SCREENS, "zoom"),
    Key(("escape",), "escape", "back", "one layer back", SCREENS),
    Key(("l",), "l", "log", "the run's log", SCREENS),
    Key(("e",), "e", "export", "export the run, or a picture of the screen", SCREENS),
    Key(("question_mark",), "?", "help", "this help; tab there: how to read this", SCREENS, "help"),
    Key(("ctrl+p",), "ctrl+p", "command_palette", "command palette", SCREENS),
)
"""Every key, in the order of the help."""


def help_rows() -> list[KeyHelp]:
    """The help from the table; the keys of single heads are one row."""
    rows = [KeyHelp("1-9", "show or hide that head", HEADS)]
    rows += [
        KeyHelp(key.shown, key.text, key.group)
        for key in KEYS
        if not key.action.startswith("head(")
    ]
    return sorted(rows, key=lambda row: GROUPS.index(row.group))


def footer_hints(*, training: bool) -> list[tuple[str, str]]:
    """Keys of the footer and their words; help and quit at the end.

    `training`: whether there is a training that keys could command.
    """
    hints = [
        (key.shown, key.footer) for key in KEYS if key.footer and (training or not key.commands)
    ]
    last = ["help", "quit"]
    return sorted(hints, key=lambda hint: last.index(hint[1]) if hint[1] in last else -1)


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """A key, or several that belong together, as the help screen shows it.

    Attributes:
        keys: the keys as they are written for people, such as "shift+tab".
        text: what they do.
        group: heading that they stand under.
    """

    keys: str
    text: str
    group: str
