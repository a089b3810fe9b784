"""The line at the top of a dashboard on several runs: which they are and how they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.text import Text

from objtui.runfile.records import RunHeader, State
from objtui.runs.history import RunHistory
from objtui.text.numbers import grouped
from objtui.ui.look import STRONG, Look
from objtui.ui.panels.header import STYLES
from objtui.ui.panels.words import cut, legible


def comparison_line(
    header: RunHeader, histories: Sequence[RunHistory], look: Look, width: int, at: str = ""
) -> Text:
    """One line of `width` cells.

    Args:
        header: what the runs have in common.
        at: where the step cursor stands; empty while the dashboard is live.
    """
    states: Counter[State] = Counter(history.status.state for history in histories)
    right = Text("  ").join(
        Text(
            state if len(states) == 1 else f"{count} {state}",
            f"{STRONG} {look.hue(STYLES.get(state, ''))}".strip(),
        )
        for state, count in states.items()
    )
    step = max(history.status.step for history in histories)
    where = Text(at, "reverse") if at else Text(f"step {grouped(step)}/{grouped(header.steps)}")
    right = Text.assemble(right, "  ", where, " ")
    brand = " objtui  " if width >= right.cell_len + 40 else " "
    room = max(width - len(brand) - right.cell_len - 2, 0)
    line = Text.assemble((brand, STRONG), cut(legible(header.title, look), room, look))
    line.pad_right(max(0, width - line.cell_len - right.cell_len))
    line.append_text(right)
    line.truncate(width)
    return line
