"""Every claim whole, with its test, its verdict and what was measured in every seed."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from objtui.claims.verdict import Verdict
from objtui.text.numbers import counted
from objtui.ui.charts.letters import wrapped
from objtui.ui.charts.scrolled import Content
from objtui.ui.charts.words import cut, legible
from objtui.ui.panels.claims import SIGNS
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import FAINT, STRONG, Theme

MAX_SEEDS = 256
"""Seeds of a run whose values are listed; of more, the first."""

INDENT = 3
VALUE = 10
MAX_OPERAND = 32


def whole_claims(scene: Scene, head: int, width: int) -> Content | None:
    """Text, test and verdict of every claim up to the cursor, and a table of values by seed.

    Of several runs, the values are those of each run that makes the claim.
    """
    runs, cursor, theme = scene.runs, scene.state.cursor, scene.theme
    claims = scene.history.header.claims
    if not claims:
        return None
    by_claim = {(each.text, each.test): each for each in runs.verdicts_at(cursor)}
    by_run = runs.verdicts_by_run(cursor)
    of_runs = zip(runs.labels, runs.histories, strict=True) if by_run else ()
    seeds = {label: run.header.seeds for label, run in of_runs}
    lines: list[Text] = []
    for number, claim in enumerate(claims):
        lines += [Text()] if number else []
        verdict = by_claim.get(claim)
        lines += _heading(claim, verdict, theme, width)
        if claim in by_run:
            for label, of_run in by_run[claim]:
                words = "no frame yet" if of_run is None else _outcome(of_run)
                text = f"{legible(label, theme)}: {words}"
                lines.append(Text(f"{' ' * INDENT}{cut(text, width - INDENT, theme)}"))
                lines += _values(of_run, seeds.get(label, ()), theme, width)
        else:
            lines += _values(verdict, scene.history.header.seeds, theme, width)
    whole = cursor is None and all(run.status.state == "finished" for run in runs.histories)
    return Content(Text("claims" if whole else "claims so far"), lines)


def _heading(
    claim: tuple[str, str], verdict: Verdict | None, theme: Theme, width: int
) -> list[Text]:
    """Sign and text, then the test and in how many seeds it holds."""
    sign, style, outcome = theme.nothing, FAINT, "no frame yet"
    if verdict is not None:
        fine, plain, hue = SIGNS[verdict.verdict]
        sign, style = plain if theme.glyphs == "ascii" else fine, theme.hue(hue)
        outcome = _outcome(verdict)
    text, test = (legible(words, theme) for words in claim)
    first, *more = wrapped(text, max(width - INDENT, 1))
    lines = [Text.assemble(" ", (sign, style), " ", (first, STRONG))]
    lines += [Text(f"{' ' * INDENT}{each}", STRONG) for each in more]
    lines += [
        Text(f"{' ' * INDENT}{each}", FAINT) for each in wrapped(f"test: {test}", width - INDENT)
    ]
    lines += [
        Text(f"{' ' * INDENT}{each}", style)
        for each in wrapped(legible(outcome, theme), width - INDENT)
    ]
    return lines


def _outcome(verdict: Verdict) -> str:
    note = f"; {verdict.note}" if verdict.note else ""
    return f"{verdict.verdict}: in {verdict.holds} of {counted(verdict.of, 'seed')}{note}"


def _values(verdict: Verdict | None, seeds: Sequence[int], theme: Theme, width: int) -> list[Text]:
    """What was measured: a column a seed, a line an operand; in turns where seeds have no room."""
    if verdict is None or not verdict.operands:
        return []
    rows = [value if isinstance(value, tuple) else (value,) for value in verdict.values]
    operands = [legible(operand, theme) for operand in verdict.operands]
    label = min(max(cell_len(each) for each in (*operands, "seed")), MAX_OPERAND, width // 2)
    most = max(1, (width - INDENT - label) // VALUE)
    shown = min(len(rows), MAX_SEEDS)
    lines = []
    for first in range(0, shown, most):
        part = range(first, min(first + most, shown))
        top = f"{' ' * INDENT}{'seed'.ljust(label)}"
        names = [str(seeds[at]) if at < len(seeds) else str(at) for at in part]
        lines.append(Text(top + "".join(name.rjust(VALUE) for name in names), FAINT))
        for number, operand in enumerate(operands):
            line = f"{' ' * INDENT}{cut(operand, label, theme).ljust(label)}"
            written = [_number(rows[at][number], theme) for at in part]
            lines.append(Text(line + "".join(each.rjust(VALUE) for each in written)))
    if shown < len(rows):
        left = counted(len(rows) - shown, "more seed")
        lines.append(Text(f"{' ' * INDENT}{left}", FAINT))
    return lines


def _number(value: float, theme: Theme) -> str:
    if math.isnan(value):
        return "undefined"[: VALUE - 1]
    text = f"{value:.4g}"
    return text.replace("-", theme.minus) if len(text) < VALUE else f"{value:.2g}"
