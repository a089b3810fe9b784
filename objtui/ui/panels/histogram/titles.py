"""Titles of the histogram panels: whose they are, and its scores in short."""

from __future__ import annotations

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from objtui.measures.scores import score_of
from objtui.runs.history import Moment
from objtui.text.numbers import grouped
from objtui.ui.charts.axis import Floats
from objtui.ui.charts.words import between, legible
from objtui.ui.panels.histogram.view import HistogramView
from objtui.ui.theme import BAD, STRONG, Theme


def head_title(view: HistogramView, moment: Moment | None, head: int) -> Text:
    """Mark, name and scores of a head, in one form for all panels of a row.

    Where room lacks the form is short, then cut by the part. A head of which a seed has diverged
    says so first, and has what is left for its scores.
    """
    of, state = view.theme.head(head), view.state
    focused = state.focus == head and len(state.shown) > 1
    title = Text().append(f"{of.mark} ", of.style)
    style = f"{of.style} {STRONG} {'reverse' if focused else ''}".strip()
    title.append(_name(view, head), style)
    if moment is None:
        return title
    forms = _scores(moment, head, view.theme)
    lost = _diverged(view, moment, head)
    if lost:
        room = view.width - 4 - title.cell_len
        shorter = [text.replace("at step ", "@") for text in lost]
        forms = [lost + forms[0], *(shorter + form for form in forms[1:])]
    else:
        room = view.narrowest - 4 - _widest_label(view, moment, head)
    gaps = [between(view.theme), *" " * (len(forms) - 1)]
    gap, parts = next(
        (form for form in zip(gaps, forms, strict=True) if _cells(*form) <= room),
        (gaps[-1], forms[-1]),
    )
    for part in parts:
        room -= len(gap) + len(part)
        if room < 0:
            break
        title.append(gap)
        title.append(part, view.theme.hue(BAD) if part.startswith("diverged") else "")
    return title


def overlay_title(view: HistogramView, moment: Moment | None) -> Text:
    """The legend."""
    title = Text()
    for head in view.state.shown:
        of, name = view.theme.head(head), view.header.heads[head].name
        title.append(f"{'  ' if title else ''}{of.mark} {legible(name, view.theme)}", of.style)
        for lost in _diverged(view, moment, head) if moment is not None else []:
            title.append(f" {lost}", view.theme.hue(BAD))
    return title


def _name(view: HistogramView, head: int) -> str:
    """What a head is called here: in a difference, what it is less."""
    heads, reference = view.header.heads, view.state.reference
    name = heads[head].name
    if view.state.difference:
        less = f"{name} {view.theme.minus} {heads[reference].name}"
        name = f"{name} (reference)" if head == reference else less
    return legible(name, view.theme)


def _widest_label(view: HistogramView, moment: Moment, head: int) -> int:
    """Cells of the longest mark and name of a row, of heads whose titles have scores alone."""
    heads = {head, *view.row}
    sound = [other for other in heads if not _diverged(view, moment, other)]
    return 2 + max(cell_len(_name(view, other)) for other in sound)


def _diverged(view: HistogramView, moment: Moment, head: int) -> list[str]:
    """That a seed of the head had diverged by then; empty where none had."""
    step = view.diverged_at.get(view.header.heads[head].name)
    return [f"diverged at step {grouped(step)}"] if step is not None and step <= moment.step else []


def _cells(gap: str, parts: list[str]) -> int:
    return sum(len(gap) + len(part) for part in parts)


def _scores(moment: Moment, head: int, theme: Theme) -> list[list[str]]:
    """AP and saturated shares over the seeds that have not diverged, from long to short.

    A form is as long for every head.
    """
    sound = ~moment.lost(head)
    if not sound.any():
        return [[], []]
    ap, positive, negative = (
        _share(_mean(moment.values(name, head)[sound]), score_of(name).decimals, theme)
        for name in ("ap", "saturated_pos", "saturated_neg")
    )
    shares = (
        f"sat + {positive}  {theme.minus} {negative}",
        f"+{positive} {theme.minus}{negative}",
        f"+{positive}{theme.minus}{negative}",
    )
    return [[f"AP {ap}", share] for share in shares]


def _mean(values: Floats) -> float:
    """The mean of what is defined; NaN where nothing is."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")


def _share(value: float, digits: int, theme: Theme) -> str:
    """A share in 0…1 in `digits + 1` characters."""
    if np.isnan(value):
        return theme.nothing.rjust(digits + 1)
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("0") else text[:-1]
