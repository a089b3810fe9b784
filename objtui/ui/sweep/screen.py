"""The screen of a sweep: it reads its cells, keeps how they are ordered, and draws them.

What keys do is in `actions.py`; which keys there are, in `keys.py`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from inspect import isawaitable
from pathlib import Path
from typing import ClassVar, Literal, TypeAlias

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.screen import Screen

from objtui.errors import ObjtuiError
from objtui.sweep.report import share_lines
from objtui.sweep.standing import DRIVER_GONE
from objtui.text.numbers import counted
from objtui.ui.charts.letters import wrapped
from objtui.ui.charts.line_panel import LinePanel
from objtui.ui.charts.words import legible
from objtui.ui.dashboard.footer_line import footer_line
from objtui.ui.key import Key, bound_to_one, footer_hints
from objtui.ui.picker.row_list import RowList
from objtui.ui.screens.quit import QuitScreen
from objtui.ui.sweep.chart import chart_panel
from objtui.ui.sweep.exit import Place, SweepExit
from objtui.ui.sweep.no_score import no_shares
from objtui.ui.sweep.order import Order
from objtui.ui.sweep.reading import SweepMoment, SweepReader
from objtui.ui.sweep.rows import cell_rows, heading_row
from objtui.ui.theme import BAD, FAINT, GOOD, STRONG, Theme

REFRESH_S, MAX_SHARE = 1.0, 0.25
"""Seconds between two looks at the run files, and the part of the time that these take at most."""

Shown = Literal["both", "chart", "table"]

HEADER, FOOTER, MAX_DETAIL = 1, 1, 2
MIN_TABLE, MIN_CHART = 6, 7
TABLE_PART = 0.45
"""Of the lines of table and chart, what the table takes at most."""

Command = Callable[[str], str]
"""Does what `objtui sweep` does with "stop", "retry" or "resume", and gives its last words."""


class SweepScreen(Screen[None]):
    """Cells of a sweep on one screen: the table, the chart and what is said of them.

    Attributes:
        theme: what may be drawn with.
        keys: every key and what it does with this screen.
        order: by which score the cells are ordered.
        moment: the sweep as it was last read; None before that.
        owns: whether leaving asks what becomes of the training.
        leads_back: whether escape leaves, since there is something to go back to.
        command: commands the training.
        rows: the table.
    """

    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(
        self,
        folder: Path,
        theme: Theme,
        keys: Sequence[SweepKey],
        command: Command,
        *,
        owns: bool,
        leads_back: bool = False,
        at: Place | None = None,
    ) -> None:
        """`at`: the order and the cell that are seen at first."""
        super().__init__()
        self.theme, self.keys, self.command = theme, tuple(keys), command
        self.owns, self.leads_back = owns, leads_back
        self.folder = folder
        self.moment: SweepMoment | None = None
        self.order = at.order if at else Order("", "")
        self.rows = RowList("cells", -1, theme, id="cells", several=True)
        self._at = at
        self._reader = SweepReader(folder)
        self._shown: Shown = "both"
        self._note = ""
        self._lines_of_shares = 0
        self._wanted = asyncio.Event()  # a look at the run files before it is time
        self._bindings = bound_to_one(self._bindings, self.keys)

    def compose(self) -> ComposeResult:
        """Header, table, chart, shares of variance, the cell under the cursor, footer."""
        yield LinePanel(id="header")
        yield self.rows
        for name in ("chart", "shares", "detail", "footer"):
            yield LinePanel(id=name)

    def on_mount(self) -> None:
        """Read the sweep again and again."""
        if self._at is not None:
            self.rows.point_to(self._at.cell)
        self.rows.focus()
        self.run_worker(self._follow())

    def on_resize(self, event: events.Resize) -> None:
        """Share the new size out."""
        self.place_panels()

    def on_line_panel_resized(self, message: LinePanel.Resized) -> None:
        """Draw what fits by now."""
        self.call_after_refresh(self.draw)

    async def action_press(self, number: int) -> None:
        """Do what a key of the table does."""
        await self.do(self.keys[number].action)

    async def do(self, action: SweepAction) -> None:
        """Do an action with this screen."""
        self._note = ""
        self._draw_footer()
        done = action(self)
        if isawaitable(done):
            await done

    @property
    def pointed(self) -> str:
        """The id of the cell under the cursor; empty where there is none."""
        return self.rows.row.key if self.rows.row is not None else ""

    def choose(self, order: Order) -> None:
        """Order the cells in another way; a cursor that is on the first stays on the first."""
        self.order = order
        was_first = self.rows.at_first
        self._show_rows()
        if was_first:
            self.rows.action_go_to(0)

    def show_next(self) -> None:
        """Give the whole screen to the chart, to the table, or to both again."""
        after: dict[Shown, Shown] = {"both": "chart", "chart": "table", "table": "both"}
        self._shown = after[self._shown]
        self.place_panels()

    def show_both(self) -> bool:
        """Show table and chart; False where both are to be seen already."""
        if self._shown == "both":
            return False
        self._shown = "both"
        self.place_panels()
        return True

    def say(self, note: str) -> None:
        """Put a word to the person into the footer, until the next key."""
        self._note = legible(note, self.theme)
        self._draw_footer()

    def read_now(self) -> None:
        """Look at the run files before it is time."""
        self._wanted.set()

    def leave(self, how: SweepExit) -> None:
        """Close; the place is kept with it."""
        self.app.exit(replace(how, place=Place(self.order, self.pointed), owned=self.owns))

    @on(RowList.Chosen)
    def _open(self, message: RowList.Chosen) -> None:
        choice = message.choice
        self.leave(SweepExit("opens", (choice.value, *choice.others)))

    @on(RowList.Moved)
    def _moved(self) -> None:
        self._draw_chart()
        self._draw_detail()

    async def _follow(self) -> None:
        while True:
            began = time.monotonic()
            try:
                moment = await asyncio.to_thread(self._reader.read)
            except ObjtuiError as error:
                self.app.exit(SweepExit("ended", error=error))
                return
            self._take(moment)
            took = time.monotonic() - began
            try:
                await asyncio.wait_for(self._wanted.wait(), max(REFRESH_S, took / MAX_SHARE))
            except TimeoutError:
                continue
            self._wanted.clear()

    @property
    def _has_panels(self) -> bool:
        """Whether there is something to draw on: not once the application takes its leave."""
        return bool(self.query("#header"))

    def _take(self, moment: SweepMoment) -> None:
        before, self.moment = self.moment, moment
        if not self.order.head:
            self.order = Order.of(moment.record.sort)
        self._show_rows()
        if before is None or len(before.results) != len(moment.results):
            self.place_panels()
        has_ended = before is not None and before.driven and not moment.driven
        if has_ended and isinstance(self.app.screen, QuitScreen):
            self.app.screen.training_ended(moment.state)

    def _show_rows(self) -> None:
        if self.moment is not None:
            rows = cell_rows(self.moment, self.order, self.theme)
            heading = heading_row(self.moment, self.order, self.theme)
            self.rows.set_rows(rows, "there are no cells", heading)
            if len(self._share_lines(self.size.width)) == self._lines_of_shares:
                self.draw()
            else:
                self.place_panels()

    def place_panels(self) -> None:
        """Place the panels by size and choice, then draw them."""
        if not self._has_panels:
            return
        width, height = self.size
        shares = self._lines_of_shares = len(self._share_lines(width))
        room = height - HEADER - FOOTER - MAX_DETAIL - shares
        cells = 0 if self.moment is None else len(self.moment.results)
        wanted = cells + 3  # its heading and borders
        table = min(wanted, max(MIN_TABLE, round(room * TABLE_PART)))
        if self._shown == "table" or room - table < MIN_CHART:
            table = room
        elif self._shown == "chart":
            table = 0
        self.rows.display = self._shown != "chart"
        chart = self.query_one("#chart", LinePanel)
        chart.display = table < room
        for panel, lines in (
            (self.rows, table),
            (chart, room - table),
            (self.query_one("#shares"), shares),
        ):
            panel.styles.height = max(0, lines)
        self.call_after_refresh(self.draw)

    def draw(self) -> None:
        """Draw everything but the table, which draws itself."""
        if not self._has_panels:
            return
        self._draw_header()
        self._draw_chart()
        shares = self.query_one("#shares", LinePanel)
        shares.show(self._share_lines(shares.size.width or self.size.width))
        self._draw_detail()
        self._draw_footer()

    def _draw_header(self) -> None:
        header = self.query_one("#header", LinePanel)
        moment = self.moment
        if moment is None:
            header.show([Text(f" {legible(self.folder.name, self.theme)}", STRONG)])
            return
        tone = GOOD if moment.state in ("running", "finished") else ""
        tone = BAD if moment.state in ("failed", DRIVER_GONE) else tone
        gone = f", {moment.training} in training" if moment.state == DRIVER_GONE else ""
        failed = f", {moment.failed} failed" if moment.failed else ""
        of_cells = f"{moment.done}/{counted(len(moment.results), 'cell')} done"
        line = Text.assemble(
            " ",
            (legible(moment.record.name, self.theme), STRONG),
            "  ",
            (moment.state + gone, self.theme.hue(tone)),
            f"  {of_cells}",
            (failed, self.theme.hue(BAD)),
            f"  sorted by {legible(self.order.sort, self.theme)}, {self.order.words}",
        )
        if moment.record.stop is not None:
            line.append(f"  stop {legible(moment.record.stop.text, self.theme)}", FAINT)
        title = next((each.header.title for each in moment.results if each.header), "")
        if title:
            line.append(f"  {legible(title, self.theme)}", FAINT)
        line.truncate(header.size.width)
        header.show([line])

    def _draw_chart(self) -> None:
        chart = self.query_one("#chart", LinePanel)
        width, height = chart.size
        if self.moment is None or not chart.display or width < 8 or height < 3:
            return
        chart.show(chart_panel(self.moment, self.order, self.pointed, self.theme, width, height))

    def _share_lines(self, width: int) -> list[Text]:
        moment = self.moment
        if moment is None or width < 2:
            return []
        record = replace(moment.record, sort=self.order.sort)
        if not record.is_full_grid:
            words = ["shares of variance need every cell of the grid, and these were drawn"]
        else:
            words = share_lines(record, moment.results) or [no_shares(moment, self.order)]
        lines = wrapped(legible(" ".join(words), self.theme), width - 2)
        return [Text(f" {line}", FAINT) for line in lines[:MAX_DETAIL]]

    def _draw_detail(self) -> None:
        row, panel = self.rows.row, self.query_one("#detail", LinePanel)
        width = panel.size.width
        if row is None or width < 2:
            panel.show([])
            return
        lines = wrapped(row.detail, width - 2)[:MAX_DETAIL]
        panel.show([Text(f" {line}") for line in lines])

    def _draw_footer(self) -> None:
        footer = self.query_one("#footer", LinePanel)
        moment = self.moment
        training = moment is not None and not moment.is_over
        left = moment is None or moment.done < len(moment.results)
        keys = [key for key in self.keys if left or not key.begins]
        hints = footer_hints(keys, training=training)
        footer.show([footer_line(hints, self._note, footer.size.width)])


SweepAction: TypeAlias = Callable[[SweepScreen], Awaitable[None] | None]
SweepKey: TypeAlias = Key[SweepScreen]
