"""The key table of a sweep's dashboard: it feeds dispatch, the footer, the help and the palette."""

from __future__ import annotations

from functools import partial

from objtui.ui.key import Key
from objtui.ui.sweep import actions
from objtui.ui.sweep.screen import SweepKey

CELLS, ORDER, TRAINING, SCREENS = "Cells", "Order and chart", "Training", "Screens"

SWEEP_KEYS: tuple[SweepKey, ...] = (
    *(
        Key(names, shown, partial(actions.move, by=by), text, CELLS)
        for names, shown, by, text in (
            (("up", "k"), "up", -1, "the cell above"),
            (("down", "j"), "down", 1, "the cell below"),
        )
    ),
    Key(("pageup",), "pageup", partial(actions.page, by=-1), "a page up", CELLS),
    Key(("pagedown",), "pagedown", partial(actions.page, by=1), "a page down", CELLS),
    Key(("home",), "home", partial(actions.go_to, row=0), "the first cell", CELLS),
    Key(("end",), "end", partial(actions.go_to, row=-1), "the last cell", CELLS),
    Key(
        ("enter",),
        "enter",
        actions.open_cells,
        "open the run of the cell, or the marked ones side by side; escape there comes back",
        CELLS,
        "open",
    ),
    Key(("space",), "space", actions.mark, "mark the cell, to be opened with others", CELLS,
        "mark"),
    Key(("slash",), "/", actions.filter_cells, "filter the cells by typing", CELLS, "filter"),
    Key(("s",), "s", actions.choose_sort, "sort by any score of any head", ORDER, "sort"),
    Key(("m",), "m", partial(actions.sort_by, score=1), "next score", ORDER, "score"),
    Key(("M", "shift+m"), "M", partial(actions.sort_by, score=-1), "previous score", ORDER),
    Key(("h",), "h", partial(actions.sort_by, head=1), "next head", ORDER, "head"),
    Key(("H", "shift+h"), "H", partial(actions.sort_by, head=-1), "previous head", ORDER),
    Key(("r",), "r", actions.reverse, "the other way round", ORDER, "reverse"),
    Key(("z",), "z", actions.show_next, "the chart alone, the table alone, or both", ORDER,
        "zoom"),
    Key(
        ("x",), "x", actions.stop, "stop the sweep; it asks first", TRAINING, "stop",
        commands=True,
    ),
    Key(("t",), "t", actions.retry, "train the failed cells anew; it asks first", TRAINING,
        "retry", begins=True),
    Key(("c",), "c", actions.resume, "train what is left; it asks first", TRAINING, "continue",
        begins=True),
    Key(
        ("q", "ctrl+q", "ctrl+c"),
        "q",
        actions.leave,
        "quit; of a training begun here it asks: leave it running, stop it, or cancel",
        TRAINING,
        "quit",
    ),
    Key(("escape",), "escape", actions.back, "one layer back", SCREENS),
    Key(("question_mark",), "?", actions.show_help, "this help", SCREENS, "help"),
    Key(("ctrl+p",), "ctrl+p", actions.command_palette, "command palette", SCREENS),
)  # fmt: skip
"""Every key, in the order of the help."""
