"""A head's worst mistakes over all evaluation pictures, each as a crop of its picture."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from objtui.measures.mistakes import AT_THE_END, HEADINGS, MAX_MISTAKES, MISTAKE_KINDS, Mistake
from objtui.measures.pictures import Outcome
from objtui.text.numbers import grouped
from objtui.ui.charts.frame import framed
from objtui.ui.charts.plot_frame import message_panel, with_parts
from objtui.ui.charts.raster import raster_lines
from objtui.ui.charts.words import NONE_YET, WAITING, between, cut, legible, short_name
from objtui.ui.panels.head_moment import head_label
from objtui.ui.panels.pictures.boxes import LOOKS, Cells, box_letters
from objtui.ui.panels.pictures.objectness import objectness
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import FAINT, Theme

MIN_CROP = 3
"""Rows of cells of a crop; where there is less room, mistakes are a list of words."""

MIN_SLOT = 9
"""Cells that a crop and the words below it take across."""

CAPTION = 3
"""Lines of words below a crop: its number, its place, its picture."""


def mistake_panel(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """`height` lines of `width` cells, legible from 8: the surest false alarms, then what is
    missed most. Of the first seed.
    """
    theme, state = scene.theme, scene.state
    run, position = scene.history.run_of(head)
    title = head_label(
        short_name(scene.head_name(head), width - 6 - len(between(theme)), theme),
        scene.head_style(head),
        theme,
        focused=scene.is_focused(head),
    )
    moment = run.moment_up_to(state.cursor)
    words = ""
    if not run.header.pictures:
        words = "a run without pictures"
    elif moment is None:
        words = WAITING if state.cursor is None else NONE_YET
    elif moment.mistakes is None:
        words = AT_THE_END
    if words or moment is None or moment.mistakes is None:
        return message_panel(title, words, theme, width, height)
    mistakes = moment.mistakes.of_head(position)
    if not mistakes:
        return message_panel(title, "no false alarm and nothing missed", theme, width, height)
    parts = [
        ("worst of all pictures", ""),
        (f"step {grouped(moment.step)}", ""),
    ]
    title = with_parts(title, parts, width - 4, theme)
    rows, columns = height - 2, width - 2
    of_kinds = [[each for each in mistakes if each.kind == kind] for kind in MISTAKE_KINDS]
    shown = [(kind, some) for kind, some in zip(MISTAKE_KINDS, of_kinds, strict=True) if some]
    lines: list[Text] = []
    room = rows // len(shown) - 1
    drawn = room - CAPTION >= MIN_CROP and columns >= MIN_SLOT
    rooms = _shared([len(some) for _, some in shown], rows - len(shown))
    for (kind, some), listed in zip(shown, rooms, strict=True):
        look = LOOKS[kind]
        seen = some[: _across(columns) if drawn else listed]
        heading = f"{look.mark(theme)} {HEADINGS[kind]}"
        share = f", {len(seen)} of {len(some)}" if len(seen) < len(some) else ""
        heading += share if len(heading + share) <= columns else ""
        lines.append(Text(heading, look.style(theme)))
        if drawn:
            lines += _crops(seen, columns, room, theme, probability=state.probability)
        else:
            lines += _words(seen, columns, theme, probability=state.probability)
    lines += [Text() for _ in range(rows - len(lines))]
    return framed(title, lines[:rows], width, height, theme)


def _shared(wanted: Sequence[int], rows: int) -> list[int]:
    """Rows for each, as many as it wants or its share, and what others leave."""
    rooms = [max(0, min(each, rows // len(wanted))) for each in wanted]
    for place, each in enumerate(wanted):
        rooms[place] += max(0, min(each - rooms[place], rows - sum(rooms)))
    return rooms


def _across(columns: int) -> int:
    """Crops that stand side by side."""
    return min(MAX_MISTAKES, columns // MIN_SLOT)


def _crops(
    some: Sequence[Mistake], columns: int, rows: int, theme: Theme, *, probability: bool
) -> list[Text]:
    """Crops side by side, each over its number, its place and its picture."""
    slot = columns // _across(columns)
    side = max(min(rows - CAPTION, (slot - 1) // 2), MIN_CROP)
    blocks = [_crop(each, side, slot, theme, probability=probability) for each in some]
    return [Text.assemble(*line) for line in zip(*blocks, strict=True)]


def _crop(mistake: Mistake, side: int, slot: int, theme: Theme, *, probability: bool) -> list[Text]:
    """Lines of `slot` cells: a crop of so many rows, and its words."""
    left, top, width, height = mistake.box
    column, row, wide, high = mistake.region
    cells = Cells.fitting(wide, high, side, slot - 1)
    box = float(left - column), float(top - row), float(width), float(height)
    outcome = Outcome(mistake.kind, box, mistake.logit)
    letters = box_letters([outcome], [""], cells, theme)
    lines = raster_lines(mistake.crop, cells.rows, cells.columns, letters, theme)
    lines += [Text() for _ in range(side - len(lines))]
    number, place, image = _said(mistake, theme, probability=probability)
    lines += [
        Text(number, LOOKS[mistake.kind].style(theme)),
        Text(cut(place, slot - 1, theme), FAINT),
        Text(_end(image, slot - 1, theme), FAINT),
    ]
    return [Text.assemble(line, " " * (slot - line.cell_len)) for line in lines]


def _words(some: Sequence[Mistake], columns: int, theme: Theme, *, probability: bool) -> list[Text]:
    """A line for each."""
    said = [_said(each, theme, probability=probability) for each in some]
    widest = max((len(number) for number, _, _ in said), default=0)
    lines = []
    for each, (number, place, image) in zip(some, said, strict=True):
        line = Text(f"{number:<{widest}}", LOOKS[each.kind].style(theme))
        rest = columns - line.cell_len - 1
        line.append(f" {cut(place, rest, theme)}", "")
        left = columns - line.cell_len - 1
        if left >= 4:
            line.append(f" {_end(image, left, theme)}", FAINT)
        lines.append(line)
    return lines


def _said(mistake: Mistake, theme: Theme, *, probability: bool) -> tuple[str, str, str]:
    """Its objectness, where the middle of its box is, and its picture."""
    left, top, width, height = mistake.box
    number = objectness(mistake.logit, theme, probability=probability)
    number = f"{'p' if probability else 'z'} {number}" if number else "no box"
    middle = f"at {left + width // 2}, {top + height // 2}"
    return number, middle, legible(mistake.image, theme)


def _end(name: str, room: int, theme: Theme) -> str:
    """The end of a name, which tells pictures of one folder apart."""
    if len(name) <= room:
        return name
    ellipsis = "..." if theme.glyphs == "ascii" else "…"
    return ellipsis + name[len(ellipsis) - room :] if room > len(ellipsis) else name[-room:]
