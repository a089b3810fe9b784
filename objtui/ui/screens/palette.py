"""The command palette: every key of a screen, to be looked for by what it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from objtui.ui.charts.letters import fitted
from objtui.ui.charts.words import legible
from objtui.ui.key import KeyHelp
from objtui.ui.terminal.closing import close
from objtui.ui.theme import FAINT, STRONG, Theme

MAX_LETTERS = 60
"""Of what is searched for; more are pasted by mistake."""

MAX_ROWS, AROUND = 14, 8
"""Commands in sight at most, and lines of the screen that are left to what is around them."""

WIDTH, GROUP = 66, 18
"""Cells of a line, and those of the group at its end."""


class PaletteScreen(ModalScreen[int | None]):
    """Shows the commands that hold what is typed; its result is the place of the chosen one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,shift+tab", "move(-1)", priority=True),
        Binding("down,tab", "move(1)", priority=True),
        Binding("pageup", "page(-1)", priority=True),
        Binding("pagedown", "page(1)", priority=True),
        Binding("escape,ctrl+c,ctrl+p", "cancel", priority=True),
    ]

    def __init__(
        self, commands: Sequence[KeyHelp], theme: Theme, *, noun: str = "commands"
    ) -> None:
        """`noun`: what they are, where they are no commands."""
        super().__init__(classes="-ascii" if theme.glyphs == "ascii" else None)
        self._commands, self._theme, self._noun = tuple(commands), theme, noun
        self._matching = list(range(len(self._commands)))
        self._cursor = self._top = 0

    def compose(self) -> ComposeResult:
        """What is searched for, and the commands."""
        with Vertical(id="palette"):
            yield Static(Text(self._noun.capitalize(), STRONG), id="title")
            yield Input(placeholder=f"Search for {self._noun}", max_length=MAX_LETTERS)
            yield Static(id="commands", markup=False)
            keys = "up down move   enter does it   esc cancel"
            yield Static(Text(keys, FAINT), id="said")

    def on_mount(self) -> None:
        """Take what is typed."""
        self._show()
        self.query_one(Input).focus()

    def on_resize(self, event: events.Resize) -> None:
        """Show as many as there is room for."""
        self._show()

    def action_move(self, by: int) -> None:
        """Point to another command."""
        last = max(len(self._matching) - 1, 0)
        self._cursor = min(max(self._cursor + by, 0), last)
        self._show()

    def action_page(self, direction: int) -> None:
        """Point to another, so many further on as are in sight."""
        self.action_move(direction * self._rows)

    def action_cancel(self) -> None:
        """Do nothing."""
        close(self)

    def on_mouse_scroll_up(self) -> None:
        """Move up."""
        self.action_move(-1)

    def on_mouse_scroll_down(self) -> None:
        """Move down."""
        self.action_move(1)

    @on(Input.Changed)
    def _search(self, message: Input.Changed) -> None:
        """Show the commands that hold every word of it."""
        message.stop()
        self._matching = matching(self._commands, message.value)
        self._cursor = self._top = 0
        self._show()

    @on(Input.Submitted)
    def _choose(self, message: Input.Submitted) -> None:
        """The command that is pointed to, if there is one."""
        message.stop()
        if self._matching:
            close(self, self._matching[self._cursor])

    @on(events.Click, "#commands")
    def _click(self, event: events.Click) -> None:
        """The command that is clicked."""
        at = self._top + event.y
        if at < min(len(self._matching), self._top + self._rows):
            close(self, self._matching[at])

    @property
    def _rows(self) -> int:
        return min(MAX_ROWS, max(self.size.height - AROUND, 1))

    def _show(self) -> None:
        rows = self._rows
        self._top = min(max(self._top, self._cursor - rows + 1), self._cursor)
        lines = [Text("No matches", FAINT)] if not self._matching else []
        keys = max((len(command.keys) for command in self._commands), default=0)
        for at, place in enumerate(self._matching[self._top : self._top + rows], self._top):
            line = command_line(self._commands[place], keys, self._theme)
            # Colours are picked for the background and may be unreadable where it is reversed.
            lines.append(Text(line.plain, "reverse") if at == self._cursor else line)
        lines += [Text()] * (rows - len(lines))
        self.query_one("#commands", Static).update(Text("\n").join(lines))


def command_line(command: KeyHelp, keys: int, theme: Theme) -> Text:
    """The key of a command in so many cells, what it does, and where there is room its group."""
    line = fitted(Text(legible(command.keys, theme), STRONG), keys + 2, theme)
    room = WIDTH - line.cell_len
    text = Text(legible(command.text, theme))
    if text.cell_len > room - GROUP:
        return line.append_text(fitted(text, room, theme))
    line.append_text(fitted(text, room - GROUP, theme))
    group = Text(legible(command.group, theme), FAINT, justify="right")
    return line.append_text(fitted(group, GROUP, theme))


def matching(commands: Sequence[KeyHelp], words: str) -> list[int]:
    """Places of the commands that hold every word; first those that begin with the first one."""
    wanted = words.casefold().split()
    texts = [f"{each.text} {each.keys} {each.group}".casefold() for each in commands]
    places = [at for at, text in enumerate(texts) if all(word in text for word in wanted)]
    return sorted(places, key=lambda at: bool(wanted) and not texts[at].startswith(wanted[0]))
