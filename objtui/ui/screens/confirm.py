"""A question that is answered with yes or no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from objtui.ui.charts.words import legible
from objtui.ui.terminal.closing import close
from objtui.ui.terminal.decision import DecisionScreen
from objtui.ui.theme import STRONG, Theme


class ConfirmScreen(DecisionScreen[bool]):
    """Asks; y alone means yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)"),
        Binding("n,escape,ctrl+c,enter,q", "answer(False)"),
    ]

    def __init__(self, question: str, details: Sequence[str], yes: str, theme: Theme) -> None:
        """`yes`: what y does, in a word or two."""
        super().__init__(classes="-ascii" if theme.glyphs == "ascii" else None)
        self._text = Text.assemble(
            (f"{legible(question, theme)}\n\n", STRONG),
            "".join(f"{legible(detail, theme)}\n" for detail in details),
            ("\ny", STRONG),
            f"   {yes}\n",
            ("n", STRONG),
            "   cancel",
        )

    def compose(self) -> ComposeResult:
        """The question and its answers."""
        yield Static(self._text, id="question")

    def action_answer(self, answer: bool) -> None:
        """Close with an answer."""
        close(self, answer)
