"""The scores panel: a row a head, the spread over its seeds, the best in bold."""

from __future__ import annotations

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from objtui.advice.answers import Answer
from objtui.measures.scores import column_names, score_of
from objtui.runfile.records import RunHeader
from objtui.runs.comparison import Comparison
from objtui.runs.differences import are_paired
from objtui.runs.history import HeadHistory, Moment
from objtui.text.numbers import grouped
from objtui.ui.charts.frame import framed
from objtui.ui.charts.plot_frame import message_panel
from objtui.ui.charts.words import NONE_YET, WAITING, between, cut, legible, short_name
from objtui.ui.panels.claims import claims_in_brief
from objtui.ui.panels.room import MIN_ANSWER_LINES
from objtui.ui.panels.scene import Scene
from objtui.ui.panels.scores.answers import answer_lines, answer_rows, at_the_end
from objtui.ui.panels.scores.cells import (
    difference_columns,
    letters,
    mean_columns,
    noise_mark,
)
from objtui.ui.panels.scores.plain_names import plain_names
from objtui.ui.theme import BAD, FAINT, STRONG, Theme
from objtui.ui.view_state import ViewState

BRIEF_SCORES = ("ap", "saturated_pos", "saturated_neg", "ece")
"""What tells heads apart at a glance, where there is room for few scores."""


def score_panel(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """Means over the seeds that have not diverged, in `height` lines of `width` cells.

    Where the heads have room for two lines each, the second has the standard deviation; else, and
    where the lines about the run would have none, it stands behind the value in units of its last
    digit. In columns with a direction the best head
    is bold, with those that are within the larger of both deviations of it; none is where all are,
    or where the runs have other data. The last lines, where there is room, answer what is asked
    first; they come before the table where all heads have a row with scores in `ridge_panel`.
    In a difference, values are those less the reference's, with half of their 95 % intervals.
    """
    moment, inner = scene.moment, width - 2
    if moment is None:
        return message_panel(Text("scores"), WAITING, scene.theme, width, height)
    notes = _notes(scene, moment, inner)
    heads = ordered(moment, scene.state)
    rows = 1 + len(heads) + len(notes)
    if (
        scene.ridges
        and scene.answers
        and rows + answer_rows(scene.answers, scene.theme, inner) > height - 2
    ):
        title = Text(f"in words at step {grouped(moment.step)}")
        notes = _diverged_notes(scene.history, moment, heads, scene.theme, inner)
        room = height - 2 - len(notes)
        lines = [*answer_lines(_answers(scene, room, inner), scene.theme, inner, room), *notes]
        headings = [(name, column_label(name, scene.theme), 0) for name in BRIEF_SCORES]
        lines += plain_names(headings, height - 2 - len(lines), inner, scene.theme)
        return framed(title, lines, width, height, scene.theme)
    return _table(scene, moment, notes, width, height)


def _table(scene: Scene, moment: Moment, notes: list[Text], width: int, height: int) -> list[Text]:
    """The table, then notes on it and what has room below."""
    history, state, theme = scene.history, scene.state, scene.theme
    several, inner = len(history.header.seeds) > 1, width - 2
    heads, rows_left = ordered(moment, state), height - 3
    below = MIN_ANSWER_LINES if scene.answers and not state.difference else 0
    apart = several and rows_left >= 2 * len(heads) + len(notes) + below
    most_label = max(6, inner // 3)
    labels = [score_row_label(scene, moment, head, most_label) for head in heads]
    left = min(max(label.cell_len for label in labels), most_label)
    least = letters(theme, apart=apart or not several, difference=state.difference) + 1
    columns = _columns(inner - left, least, state, theme)
    names = [name for name, _, _ in columns]
    split = apart or not several
    if state.difference:
        cells = difference_columns(
            scene.runs, history, moment, state.reference, heads, names, theme, apart=split
        )
    else:
        cells = mean_columns(
            moment, heads, names, theme, apart=split, comparable=scene.runs.same_data
        )

    lines = [_headings(columns, left, state)]
    focus = heads.index(state.focus) if state.focus in heads else 0
    first, shown = head_window(len(heads), rows_left // (2 if apart else 1), focus)
    for at in range(first, first + shown):
        label = labels[at].copy()
        label.truncate(left)
        label.pad_right(left - label.cell_len)
        why = why_no_values(history, moment, heads[at])
        if why:
            words, style = why
            lines.append(Text.assemble(label, (cut(words, inner - left, theme), theme.hue(style))))
            lines += [Text()] if apart else []
            continue
        hidden = FAINT if heads[at] in state.hidden else ""
        values, deviations = label, Text(" " * left)
        for i, (_, _, room) in enumerate(columns):
            cell = cells[i][at]
            values.append(" " * (room - cell_len(cell.value)))
            values.append(cell.value, cell.style or hidden)
            deviations.append(cell.deviation.rjust(room))
        lines.append(values)
        lines += [Text(deviations.plain, FAINT)] if apart else []
    if shown < len(heads):
        dots = "..." if theme.glyphs == "ascii" else "…"
        more = f" {dots} heads {first + 1} to {first + shown} of {len(heads)}"
        lines = [*lines[: max(height - 3, 0)], Text(more, FAINT)]
    lines += notes
    room = height - 2 - len(lines)
    answers = _answers(scene, room, inner)
    lines += plain_names(columns, room - answer_rows(answers, theme, inner), inner, theme)
    lines += at_the_end(answers, theme, inner, height - 2 - len(lines))
    title = _title(history, moment, state, heads, not apart, theme, width - 4)
    return framed(title, lines, width, height, theme)


def _answers(scene: Scene, room: int, width: int) -> tuple[Answer, ...]:
    """The answers and, where claims have no panel and there is a line for it, what those say.

    Where a table stands above them a line of claims is worth more than the end of an answer.
    """
    rows = len(scene.answers)
    if scene.ridges:
        rows = answer_rows(scene.answers, scene.theme, width)
    if scene.claims_apart or room <= rows:
        return scene.answers
    words = claims_in_brief(scene)
    return (*scene.answers, Answer("claims?", words)) if words else scene.answers


def _headings(columns: list[tuple[str, str, int]], left: int, state: ViewState) -> Text:
    """What the columns are called, in the line above them."""
    top = Text(" " * left, FAINT)
    for name, heading, room in columns:
        top.append(heading.rjust(room), STRONG if name == state.sort else "")
    return top


def _notes(scene: Scene, moment: Moment, width: int) -> list[Text]:
    """What is to be known about the values."""
    history, state, theme = scene.history, scene.state, scene.theme
    heads = ordered(moment, state)
    notes = _diverged_notes(history, moment, heads, theme, width)
    if state.difference:
        notes.append(_difference_note(scene.runs, history, moment, state, heads, theme, width))
    elif not scene.runs.same_data:
        notes.append(Text(cut(" other data in each run: none is the best", width, theme), FAINT))
    return notes


def _title(
    history: HeadHistory,
    moment: Moment,
    state: ViewState,
    heads: list[int],
    together: bool,
    theme: Theme,
    room: int,
) -> Text:
    step = grouped(moment.step)
    what = f"{rows_word(history.header, moment)} scores at step {step}"
    if state.difference:
        reference = legible(history.header.heads[state.reference].name, theme)
        forms = [
            [f"scores less those of {reference}, at step {step}"],
            [f"less {reference}, at step {step}"],
            [f"less {reference}"],
        ]
        return _first_that_fits(forms, room, f"step {step}", theme)
    numbers = sorted({moment.seeds(head) for head in heads} - {0})
    seeds = f"{numbers[0]}" if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
    several = numbers[-1] > 1
    sd = f"{theme.plus_minus}sd"
    over = f"{sd} in last digits" if together else sd
    short = f"{sd}, {seeds} seeds" if several else "one seed"
    longest = f"{over} over {seeds} seeds" if several else "one seed"
    bare = f"scores at step {step}"
    forms = [[what, longest], [bare, longest], [what, short], [bare, short]]
    forms += [[f"step {step}", short], [what], [bare]]
    return _first_that_fits(forms, room, f"step {step}", theme)


def rows_word(header: RunHeader, moment: Moment) -> str:
    """Which rows the scores are of."""
    if moment.of_training:
        return "train batch"
    return "val" if header.val or header.recorded else "train"


def _first_that_fits(forms: list[list[str]], room: int, last: str, theme: Theme) -> Text:
    titles = (between(theme).join(form) for form in forms)
    return Text(next((title for title in titles if cell_len(title) <= room), last))


def score_row_label(scene: Scene, moment: Moment, head: int, room: int) -> Text:
    """Mark and name of a head, and how many of its seeds have diverged."""
    history, theme = scene.history, scene.theme
    head_style, shown = theme.head(head), head not in scene.state.hidden
    focused = scene.is_focused(head) and shown
    name = short_name(legible(history.header.heads[head].name, theme), room - 2, theme)
    label = head_style.named(name, f"{STRONG} reverse" if focused else STRONG if shown else FAINT)
    diverged = int(moment.diverged_of(head).sum())
    if diverged and diverged < moment.seeds(head):
        label.append(f" !{diverged}", theme.hue(BAD))
    return label


def _columns(room: int, least: int, state: ViewState, theme: Theme) -> list[tuple[str, str, int]]:
    """(score, what it is called, cells) as far as there is room.

    The one that the table is sorted by is among them: where it would not be, it is the first.
    """
    columns: list[tuple[str, str, int]] = []
    left = room
    for name in column_names(state.score_names):
        title = column_label(name, theme) + (sort_mark(state, theme) if name == state.sort else "")
        cells = max(least, len(title) + 1)
        left -= cells
        if left < 0:
            break
        columns.append((name, title, cells))
    if state.sort and columns and state.sort not in [name for name, _, _ in columns]:
        title = column_label(state.sort, theme) + sort_mark(state, theme)
        columns.insert(0, (state.sort, title, max(least, len(title) + 1)))
        while len(columns) > 1 and sum(cells for _, _, cells in columns) > room:
            columns.pop()
    return columns


def why_no_values(history: HeadHistory, moment: Moment, head: int) -> tuple[str, str] | None:
    """What stands in the place of a head's values, and its style; None where it has some."""
    if not moment.seeds(head):
        return f" {NONE_YET}", FAINT
    if moment.diverged_of(head).all():
        step = history.diverged_at.get(history.header.heads[head].name, moment.step)
        return f" diverged at step {grouped(step)}", BAD
    return None


def head_window(heads: int, rows: int, focus: int) -> tuple[int, int]:
    """First head and number of heads that are shown: all, or those about the focus."""
    if heads <= rows:
        return 0, heads
    shown = max(rows - 1, 0)  # the last line says which
    return max(0, min(focus - shown // 2, heads - shown)), shown


def _diverged_notes(
    history: HeadHistory, moment: Moment, heads: list[int], theme: Theme, width: int
) -> list[Text]:
    """A line for every head of which some seeds have diverged."""
    notes = []
    for head in heads:
        diverged, seeds = int(moment.diverged_of(head).sum()), moment.seeds(head)
        if 0 < diverged < seeds:
            name = history.header.heads[head].name
            step = grouped(history.diverged_at.get(name, moment.step))
            name = legible(name, theme)
            forms = (
                f" {name}: {diverged} of {seeds} seeds left out: diverged from step {step} on",
                f" {name}: {diverged}/{seeds} diverged at step {step}",
            )
            words = next((form for form in forms if cell_len(form) <= width), forms[-1])
            notes.append(Text(cut(words, width, theme), theme.hue(BAD)))
    return notes


def _difference_note(
    runs: Comparison,
    history: HeadHistory,
    moment: Moment,
    state: ViewState,
    heads: list[int],
    theme: Theme,
    width: int,
) -> Text:
    """What stands behind a difference, and when the difference is inside the noise."""
    others = [head for head in heads if head != state.reference and moment.seeds(head)]
    most = max((moment.seeds(head) for head in others), default=0)
    forms: tuple[str, ...]
    if min(most, moment.seeds(state.reference)) < 2:
        forms = (
            " one seed: the interval of a difference needs two",
            " an interval needs two seeds",
        )
    else:
        paired = {are_paired(runs, history, head, state.reference) for head in others}
        how = "paired by seed" if False not in paired else "unpaired"
        how = "paired where seeds are shared" if len(paired) == 2 else how
        noise, sd = noise_mark(theme), theme.plus_minus
        forms = (
            f" {sd} half of the 95 % interval, {how}; {noise} it contains 0: inside the noise",
            f" {sd} 95 % interval, {how}; {noise} inside the noise",
            f" {sd} 95 %, {how}; {noise} noise",
        )
    words = next((form for form in forms if cell_len(form) <= width), forms[-1])
    return Text(cut(words, width, theme), FAINT)


def column_label(name: str, theme: Theme) -> str:
    """A score in the head of its column."""
    return legible(score_of(name).label, theme).replace("-", theme.minus)


def ordered(moment: Moment, state: ViewState) -> list[int]:
    """Positions of the heads that match the filter, in the order that the table is sorted by.

    The best is first, of a score without a direction the most. Heads without a value come last.
    """
    heads = [head for head in range(state.heads) if head not in state.unmatched]
    if not state.sort:
        return heads

    def key(head: int) -> tuple[bool, float]:
        value = score_of(state.sort).shortfall(mean_of(moment, state.sort, head))
        return bool(np.isnan(value)), value

    return sorted(heads, key=key)


def sort_mark(state: ViewState, theme: Theme) -> str:
    """Whether values rise or fall down the column that the table is sorted by."""
    rises = score_of(state.sort).direction == "lower"
    return ("^" if rises else "v") if theme.glyphs == "ascii" else "▲" if rises else "▼"


def mean_of(moment: Moment, name: str, head: int) -> float:
    """The mean of a score over the seeds of a head that have not diverged; NaN without one."""
    values = moment.values(name, head)[~moment.diverged_of(head)]
    return float(values.mean()) if len(values) else float("nan")
