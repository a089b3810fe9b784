"""Titles of the histogram panels: whose they are, and its scores in short."""

from __future__ import annotations

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from objtui.measures.scores import score_of
from objtui.runs.differences import score_difference
from objtui.runs.history import Moment
from objtui.text.numbers import grouped
from objtui.ui.charts.axis import Floats
from objtui.ui.charts.legend import legend
from objtui.ui.charts.words import between, legible
from objtui.ui.panels.scene import Scene
from objtui.ui.panels.scores.cells import noise_mark
from objtui.ui.theme import BAD, STRONG, Theme


def head_title(scene: Scene, head: int, width: int) -> Text:
    """Mark, name and scores of a head, in one form for all panels of a row.

    Where room lacks the form is short, then cut by the part. A head of which a seed has diverged
    says so first, and has what is left for its scores.
    """
    theme, style = scene.theme, scene.head_style(head)
    focused = scene.is_focused(head)
    title = style.named(_name(scene, head), f"{STRONG} reverse" if focused else STRONG)
    if scene.moment is None:
        return title
    forms = _scores(scene.moment, head, theme)
    if scene.state.difference and head != scene.state.reference:
        forms = _score_difference(scene, scene.moment, head)
    diverged = _diverged(scene, head)
    if diverged:
        room = width - 4 - title.cell_len
        shorter = [text.replace("at step ", "@") for text in diverged]
        forms = [diverged + forms[0], *(shorter + form for form in forms[1:])]
    else:
        # The narrowest panel of the row decides the form for all of them.
        room = (scene.row_width or width) - 4 - _widest_label(scene, head)
    gaps = [between(theme), *" " * (len(forms) - 1)]
    gap, parts = next(
        (form for form in zip(gaps, forms, strict=True) if _cells(*form) <= room),
        (gaps[-1], forms[-1]),
    )
    for part in parts:
        room -= len(gap) + len(part)
        if room < 0:
            break
        title.append(gap)
        title.append(part, theme.hue(BAD) if part.startswith("diverged") else "")
    return title


def overlay_title(scene: Scene, width: int) -> Text:
    """The legend."""
    heads = []
    for head in scene.state.shown:
        name = scene.head_style(head).named(legible(scene.head_name(head), scene.theme))
        for words in _diverged(scene, head):
            name.append(f" {words}", scene.theme.hue(BAD))
        heads.append(name)
    return legend(heads, width - 4, scene.theme)


def _name(scene: Scene, head: int) -> str:
    """What a head is called here: in a difference, what it is less."""
    name, reference = scene.head_name(head), scene.state.reference
    if scene.state.difference:
        less = f"{name} {scene.theme.minus} {scene.head_name(reference)}"
        name = f"{name} (reference)" if head == reference else less
    return legible(name, scene.theme)


def _widest_label(scene: Scene, head: int) -> int:
    """Cells of the longest mark and name of a row, of heads whose titles have scores alone."""
    heads = {head, *scene.row}
    if scene.state.difference and head != scene.state.reference:
        heads -= {scene.state.reference}  # whose title is of another form
    sound = [other for other in heads if not _diverged(scene, other)]
    return 2 + max(cell_len(_name(scene, other)) for other in sound)


def _diverged(scene: Scene, head: int) -> list[str]:
    """That a seed of the head had diverged by then; empty where none had."""
    step, moment = scene.history.diverged_at.get(scene.head_name(head)), scene.moment
    if step is None or moment is None or step > moment.step:
        return []
    return [f"diverged at step {grouped(step)}"]


def _cells(gap: str, parts: list[str]) -> int:
    return sum(len(gap) + len(part) for part in parts)


def _scores(moment: Moment, head: int, theme: Theme) -> list[list[str]]:
    """AP and saturated shares over the seeds that have not diverged, from long to short.

    A form is as long for every head.
    """
    sound = ~moment.diverged_of(head)
    if not sound.any():
        return [[], []]
    ap, positive, negative = (
        short_share(_mean(moment.values(name, head)[sound]), score_of(name).decimals, theme)
        for name in ("ap", "saturated_pos", "saturated_neg")
    )
    shares = (
        f"sat + {positive}  {theme.minus} {negative}",
        f"+{positive} {theme.minus}{negative}",
        f"+{positive}{theme.minus}{negative}",
    )
    return [[f"AP {ap}", share] for share in shares]


def _score_difference(scene: Scene, moment: Moment, head: int) -> list[list[str]]:
    """By how much AP is above that of the reference, and whether that is noise; long to short."""
    theme, name = scene.theme, "ap"
    difference = score_difference(
        scene.runs, scene.history, moment, name, head, scene.state.reference
    )
    if np.isnan(difference.mean):
        return [[], []]
    digits = score_of(name).decimals
    sign = theme.minus if difference.mean < 0 else "+"
    value = f"{sign}{short_share(abs(difference.mean), digits, theme)}"
    if np.isnan(difference.half):
        return [[f"AP {value}", "an interval needs two seeds"], [f"AP {value}"]]
    noise = difference.inside_noise
    if max(abs(difference.mean), difference.half) * 10**digits < 0.5:
        value = "0"
    else:
        value += f" {theme.plus_minus} {short_share(difference.half, digits, theme)}"
    mark = noise_mark(theme) if noise else ""
    long = [f"AP {value}", *(["inside the noise"] if noise else [])]
    return [long, [f"AP {mark}{value}"], [f"{mark}{value}".replace(" ", "")]]


def _mean(values: Floats) -> float:
    """The mean of what is defined; NaN where nothing is."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")


def short_share(value: float, digits: int, theme: Theme) -> str:
    """A share in 0…1 in `digits + 1` characters."""
    if np.isnan(value):
        return theme.nothing.rjust(digits + 1)
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("0") else text[:-1]
