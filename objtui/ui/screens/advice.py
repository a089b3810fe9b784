"""What runs show and what to do about them, run by run, as of the frame at the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from objtui.ui.charts.words import NOTHING_YET, legible
from objtui.ui.screens.pager import Pager
from objtui.ui.terminal.closing import close
from objtui.ui.theme import BAD, FAINT, GOOD, STRONG, Theme

MARGIN, INDENT = 1, 3

HUES: dict[Level, str] = {"mend": BAD, "know": STRONG, "fine": GOOD}


@dataclass(frozen=True, slots=True)
class RunAdvice:
    """What is said of one run.

    Attributes:
        label: what it is called among the runs on the screen.
        run: what it shows; None before its first frame.
    """

    label: str
    run: RunEvidence | None
    status: RunStatus
    said: Sequence[Advice]


class AdviceScreen(Screen[None]):
    """Shows the advice; escape, a or q closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,a,q", "close")]

    def __init__(self, runs: Sequence[RunAdvice], theme: Theme) -> None:
        """`runs` in their order, one at least; each as of its frame at the cursor."""
        super().__init__()
        self._runs, self._theme = tuple(runs), theme
        self._pager = Pager(_title(self._runs, theme), theme, id="advice")

    def compose(self) -> ComposeResult:
        """The advice, and how to scroll and close."""
        yield self._pager
        yield Static(Text(" up down pageup pagedown scroll   esc close", FAINT), id="keys")

    def on_mount(self) -> None:
        """Show it."""
        self._pager.set_lines(lambda width: advice_of_runs(self._runs, self._theme, width))
        self._pager.focus()

    def action_close(self) -> None:
        """Go back."""
        close(self)


def _title(runs: Sequence[RunAdvice], theme: Theme) -> str:
    if len(runs) > 1:
        return f"what to do about {len(runs)} runs"
    at = "" if runs[0].run is None else f" at step {grouped(runs[0].run.step)}"
    return f"what to do about {legible(runs[0].label, theme)}{at}"


def advice_of_runs(runs: Sequence[RunAdvice], theme: Theme, width: int) -> list[Text]:
    """The advice of every run; of several, each under its name, in their order."""
    lines: list[Text] = []
    rule = "-" if theme.glyphs == "ascii" else "─"
    for each in runs:
        if len(runs) > 1:
            name = f"{rule * 2} {legible(each.label, theme)} "
            heading = Text(f"{' ' * MARGIN}{name.ljust(width - MARGIN, rule)}"[:width], STRONG)
            lines += [*([Text()] if lines else []), heading]
        if each.run is None:
            lines.append(Text(f"{' ' * MARGIN}{NOTHING_YET}", FAINT))
        else:
            lines += advice_lines(each.run, each.status, each.said, theme, width)
    return lines


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
