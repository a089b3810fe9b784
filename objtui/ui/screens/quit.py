"""The quit question: what becomes of the training."""

from __future__ import annotations

from typing import ClassVar, Literal

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from objtui.ui.charts.words import legible
from objtui.ui.terminal.closing import close
from objtui.ui.terminal.decision import DecisionScreen
from objtui.ui.theme import STRONG, Theme

Answer = Literal["leave", "stop", "interrupt", "cancel"]
"""What becomes of the training and of the dashboard; "interrupt" stops as a signal would."""


class QuitScreen(DecisionScreen[Answer]):
    """Asks whether to leave the training running, stop it, or go back to the dashboard.

    ctrl+c, which may have opened it, stops at once; nothing that came together with the key that
    opened it answers. Once the training has ended behind it, there
    is nothing left but to leave or to go back.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l,enter", "answer('leave')"),
        Binding("s", "answer('stop')"),
        Binding("ctrl+c", "answer('interrupt')", priority=True),
        Binding("c,escape", "answer('cancel')"),
    ]

    def __init__(self, run: str, theme: Theme, *, go_on: str = "") -> None:
        """Ask about the run of that name; `go_on`: the command, where it is not `resume`."""
        super().__init__(classes="-ascii" if theme.glyphs == "ascii" else None)
        self._run = legible(run, theme)
        self._go_on = legible(go_on or f"objtui resume {run}", theme)
        self._ended = False

    def compose(self) -> ComposeResult:
        """The question and its answers."""
        yield Static(question(self._run, self._go_on), id="question")

    def training_ended(self, state: str) -> None:
        """Say that the training has ended meanwhile, and how."""
        self._ended = True
        self.query_one("#question", Static).update(end_told(state))

    def action_answer(self, answer: Answer) -> None:
        """Close with an answer; once the training has ended, nothing stops it any more."""
        if not (self._ended and answer == "stop"):
            close(self, answer)


def end_told(state: str) -> Text:
    """What stands in the place of the question once the training has ended."""
    return Text.assemble(
        (f"The training has ended meanwhile: {state}.\n\n", STRONG),
        ("l", STRONG),
        " or ",
        ("enter", STRONG),
        "   leave\n",
        ("c", STRONG),
        " or ",
        ("escape", STRONG),
        "  back to the dashboard",
    )


def question(run: str, go_on: str) -> Text:
    """The question about a run, as lines; `go_on`: the command that goes on with it."""
    return Text.assemble(
        ("Quit: what becomes of the training?\n\n", STRONG),
        ("l", STRONG),
        " or ",
        ("enter", STRONG),
        "   leave it running in the background\n             come back to it with\n"
        f"             objtui watch {run}\n\n",
        ("s", STRONG),
        " or ",
        ("ctrl+c", STRONG),
        f"  stop it now, to go on later with\n             {go_on}\n\n",
        ("c", STRONG),
        " or ",
        ("escape", STRONG),
        "  cancel: back to the dashboard",
    )
