"""The scores panel: a row a head, the spread over its seeds, the best in bold."""

from __future__ import annotations

import math

from rich.cells import cell_len
from rich.text import Text

from objtui.headless.spread import Spread, spread
from objtui.headless.style import grouped
from objtui.scores import SCORE_NAMES
from objtui.ui.line_panel import framed
from objtui.ui.look import BAD, FAINT, STRONG, Look
from objtui.ui.panels.numbers import compact, short_number
from objtui.ui.panels.words import between, cut, legible
from objtui.ui.run_history import Moment, RunHistory
from objtui.ui.view_state import ViewState

WAITING = "waiting for a frame"

FIRST = (
    "nll",
    "brier",
    "ap",
    "auc",
    "ece",
    "saturated_pos",
    "saturated_neg",
    "gap",
    "temperature",
)
"""The columns that come first; the other scores follow where there is room."""

COLUMNS = FIRST + tuple(name for name in SCORE_NAMES if name not in FIRST)

_NAMES = {
    "saturated": "sat",
    "saturated_pos": "sat+",
    "saturated_neg": "sat-",
    "temperature": "T",
    "base_rate": "base",
    "loss_floor": "floor",
    "p_pos": "p+",
    "p_neg": "p-",
    "z_pos": "z+",
    "z_neg": "z-",
    "grad_pos": "grad+",
    "grad_neg": "grad-",
    "grad_share_neg": "grad- share",
    "weight_norm": "|w|",
    "grad_norm": "|grad|",
    "best_threshold": "best p",
}
"""What scores are called in the narrow heads of columns."""

_HIGHER_IS_BETTER = ("ap", "auc", "f1", "recall")
_LOWER_IS_BETTER = ("nll", "brier", "ece")

_LETTERS = 6  # of a value, or a deviation, in a line of its own
_TOGETHER = 8  # of both in one line


def score_panel(
    history: RunHistory,
    moment: Moment | None,
    state: ViewState,
    look: Look,
    width: int,
    height: int,
) -> list[Text]:
    """Means over the seeds that have not diverged, in `height` lines of `width` cells.

    Where the heads have room for two lines each, the second has the standard deviation; else it
    stands behind the value in units of its last digit. In columns with a direction the best head
    is bold, with those that are within the larger of both deviations of it; none is where all are.
    """
    if moment is None:
        rows = [Text() for _ in range(max(height - 2, 0))]
        if rows:
            rows[len(rows) // 2] = Text(WAITING.center(width - 2), FAINT)
        return framed(Text("scores"), rows, width, height, look)
    several = len(history.header.seeds) > 1
    heads, rows_left = len(history.header.heads), height - 3
    lost = moment.diverged.sum(axis=1)
    notes = int(((lost > 0) & (lost < moment.diverged.shape[1])).sum())
    two_lines = several and rows_left >= 2 * heads + notes
    title = _title(history, moment, several, not two_lines, look, width - 4)
    labels = [_label(history, moment, state, look, head) for head in range(heads)]
    most_label = max(6, (width - 2) // 3)
    left = min(max(label.cell_len for label in labels), most_label)
    letters = _LETTERS if two_lines or not several else _TOGETHER + len(look.plus_minus) - 1
    columns = _columns(width - 2 - left, letters + 1, look)
    spreads = [_spreads(moment, head, [name for name, _, _ in columns]) for head in range(heads)]
    best = [_best(name, [row[i] for row in spreads]) for i, (name, _, _) in enumerate(columns)]

    top = Text(" " * left)
    for _, called, cells in columns:
        top.append(called.rjust(cells))
    lines = [Text(top.plain, FAINT)]
    first, shown = _window(heads, rows_left // (2 if two_lines else 1), state.focus)
    for head in range(first, first + shown):
        label = labels[head].copy()
        label.truncate(left)
        label.pad_right(left - label.cell_len)
        hidden = FAINT if head in state.hidden else ""
        if moment.diverged[head].all():
            step = history.diverged_at.get(history.header.heads[head].name, moment.step)
            words = cut(f" diverged at step {grouped(step)}", width - 2 - left, look)
            lines.append(Text.assemble(label, (words, look.hue(BAD))))
            lines += [Text()] if two_lines else []
            continue
        values, deviations = label, Text(" " * left)
        for i, (_, _, cells) in enumerate(columns):
            entry = spreads[head][i]
            if letters == _LETTERS:
                shown_value = short_number(entry.mean, letters, look)
            else:
                shown_value = compact(entry, letters, look)
            values.append(" " * (cells - cell_len(shown_value)))
            values.append(shown_value, STRONG if head in best[i] else hidden)
            deviations.append(_deviation(entry, look).rjust(cells))
        lines.append(values)
        lines += [Text(deviations.plain, FAINT)] if two_lines else []
    if shown < heads:
        dots = "..." if look.glyphs == "ascii" else "…"
        more = f" {dots} heads {first + 1} to {first + shown} of {heads}"
        lines = [*lines[: max(height - 3, 0)], Text(more, FAINT)]
    lines += _lost_notes(history, moment, look, width - 2)
    return framed(title, lines, width, height, look)


def _title(
    history: RunHistory, moment: Moment, several: bool, together: bool, look: Look, room: int
) -> Text:
    step, seeds = grouped(moment.step), len(history.header.seeds)
    sd = f"{look.plus_minus}sd"
    over = f"{sd} in last digits" if together else sd
    longest = [f"scores at step {step}", f"{over} over {seeds} seeds" if several else "one seed"]
    short = [f"scores at step {step}", f"{sd}, {seeds} seeds" if several else "one seed"]
    forms = [longest, short, [f"step {step}", short[1]], short[:1], [f"step {step}"]]
    titles = (between(look).join(form) for form in forms)
    return Text(next((title for title in titles if cell_len(title) <= room), f"step {step}"))


def _label(history: RunHistory, moment: Moment, state: ViewState, look: Look, head: int) -> Text:
    """Mark and name of a head, and how many of its seeds have diverged."""
    of, shown = look.head(head), head not in state.hidden
    focused = state.focus == head and len(state.shown) > 1 and shown
    style = f"{of.style} {STRONG if shown else FAINT}{' reverse' if focused else ''}".strip()
    label = Text.assemble((f"{of.mark} ", of.style))
    label.append(legible(history.header.heads[head].name, look), style)
    lost = int(moment.diverged[head].sum())
    if lost and lost < moment.diverged.shape[1]:
        label.append(f" !{lost}", look.hue(BAD))
    return label


def _columns(room: int, least: int, look: Look) -> list[tuple[str, str, int]]:
    """(score, what it is called, cells) as far as there is room."""
    columns = []
    for name in COLUMNS:
        called = _NAMES.get(name, name).replace("-", look.minus)
        cells = max(least, len(called) + 1)
        room -= cells
        if room < 0:
            break
        columns.append((name, called, cells))
    return columns


def _spreads(moment: Moment, head: int, names: list[str]) -> list[Spread]:
    kept = ~moment.diverged[head]
    return [spread(moment.score(name)[head][kept]) for name in names]


def _best(name: str, spreads: list[Spread]) -> set[int]:
    """Heads that are best in a column, or cannot be told from the best; empty if no head can."""
    if name == "temperature":
        sign, centre = 1.0, 1.0
    elif name in _LOWER_IS_BETTER or name in _HIGHER_IS_BETTER:
        sign, centre = (-1.0 if name in _HIGHER_IS_BETTER else 1.0), 0.0
    else:
        return set()
    known = {
        head: (sign * entry.mean if centre == 0 else abs(entry.mean - centre), entry.sd)
        for head, entry in enumerate(spreads)
        if math.isfinite(entry.mean) and math.isfinite(entry.sd)
    }
    if len(known) < 2:
        return set()
    least, sd = min(known.values())
    best = {head for head, (value, own) in known.items() if value - least <= max(sd, own)}
    return best if len(best) < len(known) else set()


def _deviation(entry: Spread, look: Look) -> str:
    """A deviation in a line of its own; empty where there is none."""
    if math.isnan(entry.sd):
        return ""
    digits = short_number(entry.sd, _LETTERS, look)
    if len(digits) + len(look.plus_minus) > _LETTERS:
        digits = _shorter(digits, _LETTERS - len(look.plus_minus))
    return f"{look.plus_minus}{digits}"


def _shorter(digits: str, most: int) -> str:
    """The same number with fewer digits."""
    mantissa, e, exponent = digits.partition("e")
    if e:
        return f"{round(float(mantissa))}e{exponent}"
    places = len(mantissa.partition(".")[2]) - (len(digits) - most)
    text = f"{float(mantissa):.{max(places, 0)}f}"
    return text[1:] if text.startswith("0.") else text


def _window(heads: int, rows: int, focus: int) -> tuple[int, int]:
    """First head and number of heads that are shown: all, or those about the focus."""
    if heads <= rows:
        return 0, heads
    shown = max(rows - 1, 0)  # the last line says which
    return max(0, min(focus - shown // 2, heads - shown)), shown


def _lost_notes(history: RunHistory, moment: Moment, look: Look, width: int) -> list[Text]:
    """A line for every head of which some seeds have diverged."""
    notes = []
    for head, lost in zip(history.header.heads, moment.diverged.sum(axis=1), strict=True):
        seeds = moment.diverged.shape[1]
        if 0 < lost < seeds:
            step = grouped(history.diverged_at.get(head.name, moment.step))
            name = legible(head.name, look)
            forms = (
                f" {name}: {lost} of {seeds} seeds left out: diverged from step {step} on",
                f" {name}: {lost}/{seeds} diverged at step {step}",
            )
            words = next((form for form in forms if cell_len(form) <= width), forms[-1])
            notes.append(Text(cut(words, width, look), look.hue(BAD)))
    return notes
