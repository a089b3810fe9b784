"""The picker: what a bare `objtui` opens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from objtui.errors import ObjtuiError, RunFileError
from objtui.runfile.find import Watches, list_runs
from objtui.sweep.listing import list_sweeps
from objtui.ui.charts.words import in_glyphs, legible
from objtui.ui.picker.choices import Choice, Row, run_rows, scenario_rows, sweep_rows, with_problem
from objtui.ui.picker.housekeeping import ask_for_note, ask_to_remove, ask_to_rename
from objtui.ui.picker.row_list import RowList
from objtui.ui.terminal.closing import close
from objtui.ui.theme import FAINT, STRONG, Theme

REFRESH_S = 1.0

KEYS = " up down move   tab other list   enter choose   / filter   q quit"
RUN_KEYS = " enter choose  space mark  n note  r rename  x remove  / filter  tab  q quit"
FILTER_KEYS = " up down move   tab other list   enter choose   esc no filter"


class PickerScreen(Screen[Choice | None]):
    """Two lists, of scenarios and of recorded runs; its result is what was chosen, if anything."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter"),
        Binding("escape", "clear_filter"),
        Binding("n", "note"),
        Binding("r", "rename"),
        Binding("x", "remove"),
        Binding("q,ctrl+q", "leave"),
    ]

    def __init__(
        self,
        folder: Path,
        runs: Path,
        theme: Theme,
        *,
        at: Choice | None = None,
        problems: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Pick from the scenario files of a folder and the run files of another.

        Args:
            at: what the cursor stands on at first.
            problems: why a choice could not be started, by its value.
            clock: seconds since the epoch.
        """
        super().__init__()
        self._folder, self._runs, self._theme, self._clock = folder, runs, theme, clock
        self._scenarios = RowList("scenarios", 1, theme, id="scenarios")
        self._recorded = RowList("recorded runs", 2, theme, id="recorded", several=True)
        self._at, self._problems = at, problems or {}
        self._words: str | None = None  # what is typed as a filter; None while none is
        self._detail = ""
        self._said = ""  # in the place of the keys
        self._changed = asyncio.Event()  # of the runs, by a key

    def compose(self) -> ComposeResult:
        """Two lists, what is under the cursor, and the keys."""
        heading = Text.assemble(
            " ", ("objtui", STRONG), "  Choose a scenario to train, or a run to watch."
        )
        yield Static(heading, id="heading")
        yield self._scenarios
        yield self._recorded
        yield Static(id="detail", markup=False)
        yield Static(id="keys", markup=False)

    def on_mount(self) -> None:
        """Read the scenarios once, and the runs again and again."""
        rows = [
            with_problem(row, self._problems[row.key], self._theme)
            if row.key in self._problems
            else row
            for row in scenario_rows(self._folder, self._theme)
        ]
        self._scenarios.set_rows(
            rows,
            "There is no scenario here. `objtui new my.toml` writes one to start from.",
        )
        opened = self._scenarios
        if self._at is not None:
            opened = self._scenarios if self._at.kind == "scenario" else self._recorded
            opened.point_to(self._at.value)
        opened.focus()
        self._show_filter()
        self.run_worker(self._follow_runs())

    def action_filter(self) -> None:
        """Take what is typed from now on as a filter of both lists."""
        self._set_filter(self._words or "")

    def action_clear_filter(self) -> None:
        """Show every row again."""
        self._set_filter(None)

    def action_leave(self) -> None:
        """Choose nothing."""
        close(self)

    def action_note(self) -> None:
        """Ask for a line to keep with the run under the cursor."""
        for path in self._pointed():
            self._try(partial(ask_for_note, self.app, path, self._theme, self._did))

    def action_rename(self) -> None:
        """Ask for another name of the run under the cursor."""
        for path in self._pointed():
            ask_to_rename(self.app, path, self._theme, self._did)

    def action_remove(self) -> None:
        """Ask whether to remove the marked runs, or the one under the cursor."""
        marked = [Path(choice.value) for choice in self._recorded.marked]
        if paths := (self._pointed() and marked) or self._pointed():
            self._try(partial(ask_to_remove, self.app, paths, self._theme, self._did))

    def on_key(self, event: events.Key) -> None:
        """A letter, while a filter is typed, is one of it and not a command."""
        self._say("")
        if self._words is None:
            return
        if event.key == "backspace":
            self._set_filter(self._words[:-1])
        elif event.is_printable and event.character:
            self._set_filter(self._words + event.character)
        else:
            return
        event.stop()
        event.prevent_default()

    @on(RowList.Chosen)
    def _choose(self, message: RowList.Chosen) -> None:
        """A scenario or run, or all the marked runs."""
        close(self, message.choice)

    @on(RowList.Moved)
    def _show_detail(self) -> None:
        self._show_filter()
        detail = _detail(self.focused.row if isinstance(self.focused, RowList) else None)
        if detail != self._detail:
            self._detail = detail
            self.query_one("#detail", Static).update(Text(detail))

    async def _follow_runs(self) -> None:
        watches, watches_of_sweeps = Watches(), Watches()
        while True:
            empty = (
                f"There is no run in {self._runs} yet. Choose a scenario above, "
                "or start one with `objtui run`."
            )
            try:
                listed = await asyncio.to_thread(list_runs, self._runs, watches, detailed=True)
                sweeps = await asyncio.to_thread(list_sweeps, self._runs, watches_of_sweeps)
            except RunFileError as error:
                listed, sweeps, empty = [], [], str(error)
            rows = [
                *sweep_rows(sweeps, self._clock(), self._theme),
                *run_rows(listed, self._clock(), self._theme),
            ]
            self._recorded.set_rows(rows, empty)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), REFRESH_S)
            self._changed.clear()

    def _pointed(self) -> list[Path]:
        """The run under the cursor; none while that is on something else, which is said."""
        if not self._recorded.has_focus:
            self._say("n, r and x are for a recorded run: tab goes to their list")
        row = self._recorded.row if self._recorded.has_focus else None
        if row is not None and Path(row.key).is_dir():
            self._say("n, r and x are for a recorded run, and this is a sweep: enter opens it")
            return []
        return [] if row is None else [Path(row.key)]

    def _try(self, ask: Callable[[], None]) -> None:
        """Ask about a run, or say why there is nothing to ask."""
        try:
            ask()
        except ObjtuiError as error:
            self._say(error.lines()[0])

    def _did(self, words: str, path: Path | None) -> None:
        """Say what was done to runs, and list them anew."""
        if path is not None:
            self._recorded.point_to(str(path))
        self._changed.set()
        self._say(words)

    def _say(self, words: str) -> None:
        """A word to the person in the place of the keys, until the next key."""
        if words != self._said:
            self._said = words
            self._show_filter()

    def _set_filter(self, words: str | None) -> None:
        self._words = words
        lists = [self._scenarios, self._recorded]
        for rows in lists:
            rows.set_filter(words or "")
        if not any(rows.has_focus and rows.matching for rows in lists):
            next((rows for rows in lists if rows.matching), lists[0]).focus()
        self._show_filter()

    def _show_filter(self) -> None:
        line = Text(RUN_KEYS if self._recorded.has_focus else KEYS, FAINT)
        if self._said:
            line = Text(f" {legible(self._said, self._theme)}", STRONG)
        elif self._words is not None:
            words = in_glyphs(self._words, self._theme)
            line = Text.assemble(" filter: ", (f"{words}_", STRONG), (f"  {FILTER_KEYS}", FAINT))
        self.query_one("#keys", Static).update(line)


def _detail(row: Row | None) -> str:
    if row is None:
        return ""
    return row.detail if row.choice else f"{row.detail} (not to be chosen)"
