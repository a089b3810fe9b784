"""A line at the bottom of the screen that asks for a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from objtui.ui.charts.words import in_glyphs, legible
from objtui.ui.terminal.closing import close
from objtui.ui.theme import FAINT, STRONG, Theme

MAX_LETTERS = 1000
"""Of an answer; more are pasted by mistake, and slow to draw."""


class PromptScreen(ModalScreen[str | None]):
    """Asks for a word; its result is that, or None where it was cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "cancel", priority=True),
    ]

    def __init__(
        self,
        question: str,
        theme: Theme,
        *,
        value: str = "",
        hint: str = "",
        digits: bool = False,
        changed: Callable[[str], None] | None = None,
    ) -> None:
        """`digits`: take nothing else; `changed` gets the word whenever another letter is typed."""
        super().__init__()
        self._question = Text(f" {legible(question, theme)}: ", STRONG)
        self._hint = Text(f"{in_glyphs(hint, theme)} ", FAINT)
        self._changed = changed
        restrict = r"[0-9]{0,18}" if digits else None
        self._input = Input(value, restrict=restrict, select_on_focus=False, max_length=MAX_LETTERS)

    def compose(self) -> ComposeResult:
        """The question, what is typed, and the keys."""
        with Horizontal(id="prompt"):
            yield Static(self._question, id="question")
            yield self._input
            yield Static(self._hint, id="hint")

    def on_mount(self) -> None:
        """Take what is typed."""
        self.set_focus(self._input)

    def action_cancel(self) -> None:
        """Go back without a word."""
        close(self)

    @on(Input.Submitted)
    def _answer(self, message: Input.Submitted) -> None:
        # The input's own word of enter: it comes behind every key that was typed before.
        message.stop()
        close(self, message.value)

    @on(Input.Changed)
    def _tell(self, message: Input.Changed) -> None:
        message.stop()
        if self._changed is not None:
            self._changed(message.value)
