"""Words of the histogram panels: titles, and notes in the outermost lines of a class."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from rich.text import Text

from objtui.frames import NEGATIVE, POSITIVE
from objtui.runfile.records import RunHeader
from objtui.ui.look import BAD, STRONG, Look
from objtui.ui.panels.axis import Floats, Spread
from objtui.ui.panels.bars import OPAQUE
from objtui.ui.run_history import Moment
from objtui.ui.view_state import ViewState

OBJECTS, BACKGROUND = "objects", "background"


def head_title(
    header: RunHeader,
    moment: Moment | None,
    state: ViewState,
    look: Look,
    head: int,
    name: str,
    width: int,
    diverged_at: Mapping[str, int],
) -> Text:
    """Mark, name and scores of a head: in a short form, then cut by the part, where room lacks."""
    of = look.head(head)
    focused = state.focus == head and len(state.shown) > 1
    title = Text().append(f"{of.mark} ", of.style)
    title.append(name, f"{of.style} {STRONG} {'reverse' if focused else ''}".strip())
    if moment is None:
        return title
    step = diverged_at.get(header.heads[head].name)
    first = [_diverged(step)] if step is not None and step <= moment.step else []
    full, short = list(first), list(first)
    sound = ~moment.diverged[head]
    if sound.any():
        ap, positive, negative = (
            _share(_mean(moment.score(score)[head][sound]), digits, look)
            for score, digits in (("ap", 3), ("saturated_pos", 2), ("saturated_neg", 2))
        )
        full += [f"AP {ap}", f"sat + {positive}  {look.minus} {negative}"]
        short += [f"AP {ap}", f"+{positive} {look.minus}{negative}"]
    room = width - 4 - title.cell_len
    between, parts = (" -- " if look.glyphs == "ascii" else " ── "), full
    if sum(len(between) + len(part) for part in parts) > room:
        between, parts = " ", short
    for part in parts:
        room -= len(between) + len(part)
        if room < 0:
            break
        title.append(between)
        title.append(part, look.hue(BAD) if part in first else "")
    return title


def overlay_title(
    header: RunHeader,
    moment: Moment | None,
    state: ViewState,
    look: Look,
    diverged_at: Mapping[str, int],
) -> Text:
    """The legend."""
    title = Text()
    for head in state.shown:
        of, name = look.head(head), header.heads[head].name
        title.append(f"{'  ' if title else ''}{of.mark} {name}", of.style)
        step = diverged_at.get(name)
        if moment is not None and step is not None and step <= moment.step:
            title.append(f" {_diverged(step)}", look.hue(BAD))
    return title


def missing_rows(header: RunHeader, moment: Moment, heads: list[int]) -> tuple[int, int]:
    """Rows of background and objects whose logit is NaN, over heads and seeds."""
    rows = header.val or header.train
    expected = np.array([rows.rows - rows.positives, rows.positives]) * len(header.seeds)
    counted = moment.counts[heads].sum(axis=-1, dtype=np.int64)  # (heads, 2)
    negative, positive = (expected - counted).sum(axis=0)
    return int(negative), int(positive)


def class_notes(
    spread: Spread,
    missing: tuple[int, int],
    state: ViewState,
    look: Look,
    cells: int,
    first: list[str],
    last: list[str],
) -> tuple[str, str]:
    """By class, the outermost line's words: counts outside at the edges, the class, the scale.

    `first` and `last` hold the outermost lines of columns, where there are any.
    """
    left, right = "<>" if look.glyphs == "ascii" else "‹›"
    scales = ("", ", log counts") if state.log_counts else (", own scale", ", linear")
    notes = []
    for of_class, name, bars in ((NEGATIVE, BACKGROUND, last), (POSITIVE, OBJECTS, first)):
        below, above = float(spread.below[of_class]), float(spread.above[of_class])
        start = f"{left}+{short_count(below)}" if below else ""
        end = f"+{short_count(above)}{right}" if above else ""
        note = start + " " * (cells - len(start) - len(end)) + end
        taken = bars[0] if bars else " " * cells
        words = [name + scales[of_class], name]
        notes.append(captioned(note, taken, words, missing[of_class], of_class == NEGATIVE))
    return notes[0], notes[1]


def captioned(note: str, taken: str, words: list[str], missing: int, right: bool) -> str:
    """A note with the first of `words` that fits in a corner where nothing else is.

    The preferred corner is the right or the left one. NaN are told in any case.
    """
    if missing > 0:
        lost = f"{short_count(missing)} NaN"
        words = [*(f"{word}, {lost}" for word in words), lost]
    words = [word.replace(" ", OPAQUE) for word in words]
    for word in words:
        room = len(note) - len(word) - 1
        if room < 1:
            continue
        for start in (room, 1) if right else (1, room):
            around = slice(start - 1, start + len(word) + 1)
            if not note[around].strip() and not taken[around].strip():
                return note[:start] + word + note[start + len(word) :]
    return f"{words[-1]}{note[len(words[-1]) :]}"[: len(note)] if missing > 0 else note


def short_count(count: float) -> str:
    """A count in at most four characters, at least 1."""
    number = max(1.0, float(round(count)))
    for unit in ("", "k", "M", "G"):
        if number < 999.5:
            return f"{number:.0f}{unit}" if unit == "" or number >= 9.95 else f"{number:.1f}{unit}"
        number = number / 1000
    return f"{number:.0f}T"


def _diverged(step: int) -> str:
    return f"diverged at step {step:,}".replace(",", " ")


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
