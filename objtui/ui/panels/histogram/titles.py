"""Titles of the histogram panels: whose they are, and its scores in short."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from objtui.headless.style import grouped
from objtui.ui.look import BAD, STRONG, Look
from objtui.ui.panels.axis import Floats
from objtui.ui.panels.histogram.view import HistogramView
from objtui.ui.panels.words import between, legible
from objtui.ui.run_history import Moment


def head_title(view: HistogramView, moment: Moment | None, head: int, name: str) -> Text:
    """Mark, name and scores of a head: in a short form, then cut by the part, where room lacks."""
    of, state = view.look.head(head), view.state
    focused = state.focus == head and len(state.shown) > 1
    title = Text().append(f"{of.mark} ", of.style)
    style = f"{of.style} {STRONG} {'reverse' if focused else ''}".strip()
    title.append(legible(name, view.look), style)
    if moment is None:
        return title
    full, short = _scores(moment, head, view.look)
    lost = _diverged(view, moment, head)
    full, short = lost + full, [text.replace("at step ", "@") for text in lost] + short
    room = view.width - 4 - title.cell_len
    gap, parts = between(view.look), full
    if sum(len(gap) + len(part) for part in parts) > room:
        gap, parts = " ", short
    for part in parts:
        room -= len(gap) + len(part)
        if room < 0:
            break
        title.append(gap)
        title.append(part, view.look.hue(BAD) if part.startswith("diverged") else "")
    return title


def overlay_title(view: HistogramView, moment: Moment | None) -> Text:
    """The legend."""
    title = Text()
    for head in view.state.shown:
        of, name = view.look.head(head), view.header.heads[head].name
        title.append(f"{'  ' if title else ''}{of.mark} {legible(name, view.look)}", of.style)
        for lost in _diverged(view, moment, head) if moment is not None else []:
            title.append(f" {lost}", view.look.hue(BAD))
    return title


def _diverged(view: HistogramView, moment: Moment, head: int) -> list[str]:
    """That a seed of the head had diverged by then; empty where none had."""
    step = view.diverged_at.get(view.header.heads[head].name)
    return [f"diverged at step {grouped(step)}"] if step is not None and step <= moment.step else []


def _scores(moment: Moment, head: int, look: Look) -> tuple[list[str], list[str]]:
    """AP and saturated shares over the seeds that have not diverged, in full and in short."""
    sound = ~moment.lost(head)
    if not sound.any():
        return [], []
    ap, positive, negative = (
        _share(_mean(moment.values(score, head)[sound]), digits, look)
        for score, digits in (("ap", 3), ("saturated_pos", 2), ("saturated_neg", 2))
    )
    full = [f"AP {ap}", f"sat + {positive}  {look.minus} {negative}"]
    return full, [f"AP {ap}", f"+{positive} {look.minus}{negative}"]


def _mean(values: Floats) -> float:
    """The mean of what is defined; NaN where nothing is."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")


def _share(value: float, digits: int, look: Look) -> str:
    """A share in 0…1 in `digits + 1` characters."""
    if np.isnan(value):
        return look.nothing.rjust(digits + 1)
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("0") else text[:-1]
