"""The one key table: it feeds dispatch, the footer, the help and the command palette."""

from __future__ import annotations

from dataclasses import dataclass

from objtui.ui.key_help import KeyHelp


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
    """

    keys: tuple[str, ...]
    shown: str
    action: str
    text: str
    group: str
    footer: str = ""


TRAINING, HEADS, AXES, CURVES, SCREENS = "Training", "Heads", "Axes", "Curves", "Screens"

GROUPS = (TRAINING, HEADS, AXES, CURVES, SCREENS)

KEYS: tuple[Key, ...] = (
    Key(("space",), "space", "pause", "pause or continue the training", TRAINING, "pause"),
    Key(("full_stop",), ".", "single_step", "one evaluation further, then pause", TRAINING, "step"),
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
    Key(("z",), "z", "probability", "logit or probability axis", AXES, "axis"),
    Key(("y",), "y", "log_value", "linear or log value: counts and curves", AXES),
    Key(("x",), "x", "log_step", "linear or log step", AXES),
    Key(("m",), "m", "score(1)", "next score in the curve panel", CURVES, "score"),
    Key(("M", "shift+m"), "M", "score(-1)", "previous score", CURVES),
    Key(("s",), "s", "smoothing", "smooth the curves; the raw line stays", CURVES),
    Key(("enter",), "enter", "zoom", "the panel in focus over the whole screen", SCREENS, "zoom"),
    Key(("escape",), "escape", "back", "one layer back", SCREENS),
    Key(("l",), "l", "log", "the run's log", SCREENS),
    Key(("question_mark",), "?", "help", "this help", SCREENS, "help"),
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


def footer_hints() -> list[tuple[str, str]]:
    """Keys of the footer and their words; help and quit at the end."""
    hints = [(key.shown, key.footer) for key in KEYS if key.footer]
    last = ["help", "quit"]
    return sorted(hints, key=lambda hint: last.index(hint[1]) if hint[1] in last else -1)
