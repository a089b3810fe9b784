"""What a run shows and what to do about it, as of the frame at the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from objtui.advice.advise import Advice
from objtui.advice.evidence import RunEvidence
from objtui.advice.rules import Level
from objtui.reports.advice import HEADINGS, basis, sections
from objtui.runfile.records import RunStatus
from objtui.text.numbers import grouped
from objtui.ui.charts.letters import wrapped
from objtui.ui.charts.words import legible
from objtui.ui.screens.pager import Pager
from objtui.ui.terminal.closing import close
from objtui.ui.theme import BAD, FAINT, GOOD, STRONG, Theme

MARGIN, INDENT = 1, 3

HUES: dict[Level, str] = {"mend": BAD, "know": "yellow", "fine": GOOD}


class AdviceScreen(Screen[None]):
    """Shows the advice; escape, a or q closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,a,q", "close")]

    def __init__(
        self, run: RunEvidence, status: RunStatus, said: Sequence[Advice], theme: Theme
    ) -> None:
        super().__init__()
        self._run, self._status, self._said, self._theme = run, status, tuple(said), theme
        title = f"what to do about {legible(run.header.run, theme)} at step {grouped(run.step)}"
        self._pager = Pager(title, theme, id="advice")

    def compose(self) -> ComposeResult:
        """The advice, and how to scroll and close."""
        yield self._pager
        yield Static(Text(" up down pageup pagedown scroll   esc close", FAINT), id="keys")

    def on_mount(self) -> None:
        """Show it."""
        self._pager.set_lines(
            lambda width: advice_lines(self._run, self._status, self._said, self._theme, width)
        )
        self._pager.focus()

    def action_close(self) -> None:
        """Go back."""
        close(self)


def advice_lines(
    run: RunEvidence, status: RunStatus, said: Sequence[Advice], theme: Theme, width: int
) -> list[Text]:
    """The advice by level and head, in lines of at most `width` cells."""
    lines = [
        Text(f"{' ' * MARGIN}{line}", FAINT)
        for words in basis(run, status)
        for line in wrapped(legible(words, theme), width - MARGIN)
    ]
    arrow = "->" if theme.glyphs == "ascii" else "→"
    for level, by_head in sections(run, said):
        lines += [Text(), Text(f"{' ' * MARGIN}{HEADINGS[level][0]}", theme.hue(HUES[level]))]
        for head, pieces in by_head:
            lines.append(Text(f"{' ' * MARGIN}{legible(head, theme)}", STRONG))
            for each in pieces:
                words = wrapped(legible(each.text, theme), max(width - INDENT - MARGIN, 1))
                lines += [Text(f"{' ' * INDENT}{line}") for line in words]
                lines.append(Text(f"{' ' * INDENT}{arrow} objtui run {each.scenario}", FAINT))
    return lines
