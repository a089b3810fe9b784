"""A sample picture with what a head detects on it at one moment."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.text import Text

from objtui.measures.detections import MAX_SHOWN
from objtui.measures.pictures import Outcome, OutcomeKind, Outcomes, outcomes_on
from objtui.runfile.records import SamplePicture
from objtui.text.numbers import counted, grouped
from objtui.ui.charts.frame import framed
from objtui.ui.charts.plot_frame import message_panel, with_parts
from objtui.ui.charts.raster import raster_lines
from objtui.ui.charts.words import NONE_YET, WAITING, between, legible, short_name
from objtui.ui.graphics.graphic import Graphic
from objtui.ui.panels.head_moment import head_label
from objtui.ui.panels.pictures.boxes import LOOKS, TARGET, Cells, box_letters, shown_targets
from objtui.ui.panels.pictures.objectness import objectness
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import FAINT, Theme

BESIDE = 23
"""Cells of the list beside a picture that leaves so many."""

LISTED = 5
"""Mistakes of a kind in the list."""

KINDS: tuple[OutcomeKind, ...] = ("hit", "false alarm", "missed")


def picture_panel(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """`height` lines of `width` cells, legible from 8.

    The picture, over it the detections at p ≥ 0.5 and the objects that they miss, and the number
    of each kind: beside the picture, with the worst of them, or in the last line. Of the first
    seed.
    """
    theme, state = scene.theme, scene.state
    run, _ = scene.history.run_of(head)
    names, number = run.header.pictures, state.picture
    place = f"{number + 1}/{len(names)}"
    room = width - 6 - len(between(theme)) - len(place)
    title = head_label(
        short_name(scene.head_name(head), room, theme),
        scene.head_style(head),
        theme,
        focused=scene.is_focused(head),
    )
    moment = run.moment_up_to(state.cursor)
    words = ""
    if not names:
        words = "a run without pictures"
    elif number >= len(names):
        words = f"a run with {counted(len(names), 'picture')}"
    elif number >= len(run.contents):
        words = "the run file does not hold its pictures"
    elif moment is None:
        words = WAITING if state.cursor is None else NONE_YET
    elif moment.detections is None:
        words = "a frame without detections"
    if words or moment is None or moment.detections is None:
        return message_panel(title, words, theme, width, height)
    content, picture = run.contents[number], names[number]
    result = _outcomes(scene, head)
    assert result is not None
    parts = [
        (place, ""),
        (_drawn(result), ""),
        (legible(picture.name, theme), ""),
        (f"step {grouped(moment.step)}", ""),
        ("numbers: p" if state.probability else "numbers: logit", FAINT),
    ]
    title = with_parts(title, parts, width - 4, theme)
    rows, columns = height - 2, width - 2
    cells, beside = _arranged(scene, picture, rows, columns)
    if scene.cell is None:
        letters = box_letters(result.each, _numbers(scene, result), cells, theme)
        lines = raster_lines(content.pixels, cells.rows, cells.columns, letters, theme)
    else:  # see picture_graphic
        lines = [Text(" " * cells.columns) for _ in range(cells.rows)]
    if beside:
        text = _list(result, cells, theme, probability=state.probability)
        lines += [Text(" " * cells.columns) for _ in range(rows - len(lines))]
        text += [Text() for _ in range(rows - len(text))]
        lines = [Text.assemble(line, " ", words) for line, words in zip(lines, text, strict=False)]
    else:
        left = Text(" " * ((columns - cells.columns) // 2))
        lines = [Text.assemble(left, line) for line in lines]
        lines += [Text() for _ in range(rows - 1 - len(lines))]
        lines = [*lines[: rows - 1], _legend(result, columns, theme)]
    return framed(title, lines, width, height, theme)


def picture_graphic(scene: Scene, head: int, width: int, height: int) -> Graphic | None:
    """The same picture in pixels, for the cells that `picture_panel` leaves blank for it."""
    result = _outcomes(scene, head)
    if result is None:
        return None
    run, _ = scene.history.run_of(head)
    picture = run.header.pictures[scene.state.picture]
    cells, beside = _arranged(scene, picture, height - 2, width - 2)
    return Graphic(
        row=1,
        column=1 if beside else 1 + (width - 2 - cells.columns) // 2,
        rows=cells.rows,
        columns=cells.columns,
        pixels=run.contents[scene.state.picture].pixels,
        size=(picture.width, picture.height),
        outcomes=result.each,
        numbers=tuple(_numbers(scene, result)),
    )


def _outcomes(scene: Scene, head: int) -> Outcomes | None:
    """What a head makes of the chosen picture; None where that is not known."""
    run, position = scene.history.run_of(head)
    moment, number = run.moment_up_to(scene.state.cursor), scene.state.picture
    if moment is None or moment.detections is None or number >= len(run.contents):
        return None
    return outcomes_on(moment.detections, position, number, run.contents[number])


def _arranged(scene: Scene, picture: SamplePicture, rows: int, columns: int) -> tuple[Cells, bool]:
    """The cells of a picture, and whether its list stands beside it."""
    size = picture.width, picture.height
    tall = 2.0 if scene.cell is None else scene.cell[1] / scene.cell[0]
    below = Cells.fitting(*size, max(rows - 1, 1), columns, tall)
    if columns - below.columns < BESIDE:
        return below, False
    return Cells.fitting(*size, rows, columns - BESIDE, tall), True


def _numbers(scene: Scene, result: Outcomes) -> list[str]:
    """The objectness of each box."""
    return [
        objectness(outcome.logit, scene.theme, probability=scene.state.probability)
        for outcome in result.each
    ]


def _drawn(result: Outcomes) -> str:
    """How many of the detections are drawn, where that is not all of them."""
    if result.complete or result.counts is None:
        return ""
    return f"{MAX_SHOWN} of {result.count('hit') + result.count('false alarm')} boxes"


def _legend(result: Outcomes, width: int, theme: Theme) -> Text:
    """Marks and numbers of the kinds in one line, with words where there is room."""
    counts = [(kind, *_count(result, kind, theme)) for kind in KINDS]
    forms = (
        [f"{LOOKS[kind].mark(theme)} {count} {words}" for kind, count, words in counts],
        [f"{LOOKS[kind].mark(theme)} {count} {words.split()[0]}" for kind, count, words in counts],
        [f"{LOOKS[kind].mark(theme)} {count}" for kind, count, _ in counts],
        [f"{LOOKS[kind].mark(theme)}{count}" for kind, count, _ in counts],
    )
    gaps = "   ", "  ", "  ", " "
    fitting = [
        (parts, gap)
        for parts, gap in zip(forms, gaps, strict=True)
        if len(gap.join(parts)) + 1 <= width
    ]
    parts, gap = fitting[0] if fitting else (forms[-1], gaps[-1])
    styled = [
        (part, LOOKS[kind].style(theme)) for part, (kind, *_) in zip(parts, counts, strict=True)
    ]
    return Text(gap).join(Text(part, style) for part, style in styled)


def _list(result: Outcomes, cells: Cells, theme: Theme, *, probability: bool) -> list[Text]:
    """The number of each kind, then the surest false alarms and the objects missed most."""
    lines = []
    for kind in KINDS:
        count, words = _count(result, kind, theme)
        look = LOOKS[kind]
        lines.append(Text(f"{look.mark(theme)} {count} {words}", look.style(theme)))
    if shown_targets(result.each, cells):
        lines.append(Text(f"{TARGET.mark(theme)} {TARGET.word}", FAINT))
    if not result.complete:
        lines.append(Text(f"the {MAX_SHOWN} best are drawn", FAINT))
    if result.hits_not_kept:
        mark = LOOKS["hit"].mark(theme)
        lines.append(Text(f"{result.hits_not_kept} {mark} by their object", FAINT))
    elif result.counts is not None and result.hit_by_others:
        mark = LOOKS["missed"].mark(theme)
        lines.append(Text(f"{result.hit_by_others} {mark} are hit by others", FAINT))
    missed = sorted(result.of("missed"), key=_likeliness)
    for words, some in (
        ("surest false alarms", result.of("false alarm")),
        ("missed most", missed if result.knows_missed else []),
    ):
        if some:
            lines += [Text(), Text(words, FAINT), *_rows(some[:LISTED], theme, probability)]
    return lines


def _rows(some: Sequence[Outcome], theme: Theme, probability: bool) -> list[Text]:
    rows = []
    for outcome in some:
        look = LOOKS[outcome.kind]
        number = objectness(outcome.logit, theme, probability=probability) or theme.nothing
        x, y = outcome.box[0] + outcome.box[2] / 2, outcome.box[1] + outcome.box[3] / 2
        row = Text(f"{look.mark(theme)} ", look.style(theme))
        rows.append(row.append(f"{number:>5}  at {x:.0f}, {y:.0f}", ""))
    return rows


def _count(result: Outcomes, kind: OutcomeKind, theme: Theme) -> tuple[str, str]:
    """How many there are of a kind, and the word for them."""
    count, look = result.count(kind), LOOKS[kind]
    at_most = ""
    if kind == "missed" and count and not result.complete and result.counts is None:
        at_most = "<=" if theme.glyphs == "ascii" else "≤"
    return f"{at_most}{count}", look.word if count == 1 else look.words


def _likeliness(outcome: Outcome) -> float:
    return -math.inf if math.isnan(outcome.logit) else outcome.logit
