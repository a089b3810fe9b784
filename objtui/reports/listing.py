"""Recorded runs as a list: a line a run, for people as wide as their terminal, or as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from objtui.errors import UsageError
from objtui.measures.spread import spread
from objtui.reports.style import Style
from objtui.runfile.find import RunListing
from objtui.runfile.records import RunHeader
from objtui.scenario.bundled import shown_scenario
from objtui.text.nearest import nearest
from objtui.text.numbers import age, file_size
from objtui.text.terminal import printable_record

MAIN_SCORES = ("ap", "nll")
"""The scores that a list shows of every head, where the run has them."""

WIDE = 140
"""Columns from which every score has the name of its head beside it."""

MIN_CUT, MAX_TEXT = 12, 60
"""Letters that a note or the changed keys have at least, where they are cut, and at most."""

MAX_HEADS = 4
"""Heads whose scores are shown; JSON has all."""

_GAP = "  "


def sorted_runs(runs: Sequence[RunListing], key: str) -> list[RunListing]:
    """Runs by `age` (that last started first), `name`, `size` or a HEAD.SCORE, the largest first.

    Those without the value come last. UsageError where the key is none of these, or a score that
    no run has.
    """
    if key == "age":
        return list(runs)
    if key == "name":
        return sorted(runs, key=lambda run: run.name)
    head, dot, score = key.partition(".")
    if key != "size" and not (head and dot and score):
        raise UsageError(f"--sort takes age, name, size or HEAD.SCORE, such as bce.ap; got {key!r}")
    if key != "size":
        _require_score(runs, head, score)

    def value(run: RunListing) -> float:
        if run.details is None or run.header is None:
            return math.nan
        if key == "size":
            return run.details.size
        return run.details.score(run.header, head, score)

    return sorted(runs, key=lambda run: -v if not math.isnan(v := value(run)) else math.inf)


def _require_score(runs: Sequence[RunListing], head: str, score: str) -> None:
    """UsageError where there are runs, and none of them has such a score of such a head."""
    scores: dict[str, dict[str, None]] = {}  # by head, in the order in which runs have them
    for run in runs:
        if run.header is not None:
            for each in run.header.heads:
                scores.setdefault(each.name, {}).update(dict.fromkeys(run.header.score_names))
    if not scores or score in scores.get(head, {}):
        return
    wrong, kind, names = (
        (score, "score", scores[head]) if head in scores else (head, "head", scores)
    )
    near = nearest(wrong, names)
    hint = f"did you mean {near!r}?" if near else f"{kind}s: {', '.join(names)}"
    of_head = f" of {head!r}" if kind == "score" else ""
    raise UsageError(f"--sort {head}.{score}: no run has a {kind} {wrong!r}{of_head}; {hint}")


def listing_line(run: RunListing, now: float) -> dict[str, Any]:
    """A run as a JSON line; what a file that cannot be read does not tell is null."""
    header, status, details = run.header, run.status, run.details
    return {
        "run": run.name,
        "state": run.state,
        "scenario": header and header.scenario,
        "device": header and header.device,
        "step": status and status.step,
        "steps": header and header.steps,
        "age_s": header and max(0.0, now - header.created_at),
        "size": details and details.size,
        "overrides": details and list(details.overrides),
        "note": header and header.note,
        "scores": _score_values(run),
        "run_file": str(run.path),
        "message": run.reason or (status.message if status else ""),
    }


def listing_rows(
    runs: Sequence[RunListing], now: float, style: Style, width: int | None = None
) -> list[str]:
    """Runs as aligned lines: name, state, scenario, device, progress, age, and what else fits.

    That is, in this order as far as there is room: the average precision of every head, the
    note, the size, the changed keys, the log loss.

    Args:
        width: letters of a line; None where lines may be of any length.
    """
    broken = [printable_record((run.name, run.state, run.reason)) for run in runs if not run.header]
    whole = [run for run in runs if run.header is not None]
    table = _Table([printable_record(_spoken(run, now)) for run in whole], width)
    named = width is None or width >= WIDE
    extras = [run_extras(run, style, named=named) for run in whole]
    table.add([each.scores.get("ap", "") for each in extras])
    table.add([each.note for each in extras], may_be_cut=True, dots=style.dots)
    table.add([each.size for each in extras], to_the_right=True)
    table.add([each.changed for each in extras], may_be_cut=True, dots=style.dots)
    table.add([each.scores.get("nll", "") for each in extras])
    lines = iter(table.lines(broken))
    last = table.broken_lines(broken)
    return [next(last) if run.header is None else next(lines) for run in runs]


@dataclass(frozen=True, slots=True)
class Extras:
    """Cells of a run that a list shows where there is room; empty where there is nothing."""

    scores: dict[str, str]
    """By name of the score."""
    note: str
    size: str
    changed: str


def run_extras(run: RunListing, style: Style, *, named: bool) -> Extras:
    """The cells of a run; `named`: with the name of its head beside every score."""
    header, details = run.header, run.details
    if header is None or details is None:
        return Extras({}, "", "", "")
    heads = header.heads[:MAX_HEADS]
    more = f" {style.dots}" if len(header.heads) > MAX_HEADS else ""
    scores = {}
    for name in MAIN_SCORES:
        values = [details.score(header, head.name, name) for head in heads]
        if not all(map(math.isnan, values)):
            cells = [
                f"{head.name} {short_score(value, style)}" if named else short_score(value, style)
                for head, value in zip(heads, values, strict=True)
            ]
            scores[name] = f"{name} {' '.join(cells)}{more}"
    last = {text.partition("=")[0]: text for text in details.overrides}  # of a key given twice
    note, changed = printable_record((header.note, " ".join(last.values())))
    return Extras(printable_record(scores), note, file_size(details.size), changed)


def short_score(value: float, style: Style) -> str:
    """A score in some four letters: .947, 1.23, 12.3, 4e-5."""
    if math.isnan(value):
        return style.nothing
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    size = abs(value)
    if size < 1e-3 or size >= 1e4:
        mantissa, _, exponent = f"{value:.0e}".partition("e")
        return "0" if value == 0 else f"{mantissa}e{int(exponent)}"
    if size < 1:
        shown = f"{value:.3f}"
        return shown.replace("0.", ".", 1) if shown.lstrip("-").startswith("0.") else shown
    return f"{value:.3g}" if size < 999.5 else f"{value:.0f}"


class _Table:
    """Lines of cells whose columns are added as long as they fit."""

    def __init__(self, rows: Sequence[tuple[str, ...]], width: int | None) -> None:
        self._columns = [list(column) for column in zip(*rows, strict=True)]
        self._rows, self._width = len(rows), width
        self._rights: set[int] = set()

    def add(
        self,
        cells: list[str],
        *,
        may_be_cut: bool = False,
        to_the_right: bool = False,
        dots: str = "",
    ) -> None:
        """Add a column, if any cell holds something and there is room."""
        widest = max(map(len, cells), default=0)
        if not widest:
            return
        most = MAX_TEXT if may_be_cut and self._width is not None else widest
        if self._width is not None:
            used = sum(max(map(len, column)) + len(_GAP) for column in self._columns)
            most = min(most, self._width - used)
        if most < widest and (not may_be_cut or most < MIN_CUT):
            return
        cut = [c if len(c) <= most else c[: most - len(dots)].rstrip() + dots for c in cells]
        if to_the_right:
            self._rights.add(len(self._columns))
        self._columns.append(cut)

    def lines(self, broken: Sequence[tuple[str, ...]]) -> list[str]:
        """The lines, the first two columns as wide as those of the broken runs need."""
        widths = self._widths(broken)
        return [
            _GAP.join(
                f"{column[row]:>{width}}" if place in self._rights else f"{column[row]:{width}}"
                for place, (column, width) in enumerate(zip(self._columns, widths, strict=True))
            ).rstrip()
            for row in range(self._rows)
        ]

    def broken_lines(self, broken: Sequence[tuple[str, ...]]) -> Iterator[str]:
        """The lines of runs that cannot be read: name, state, reason."""
        name, state = self._widths(broken)[:2]
        return (f"{row[0]:{name}}  {row[1]:{state}}  {row[2]}".rstrip() for row in broken)

    def _widths(self, broken: Sequence[tuple[str, ...]]) -> list[int]:
        columns = self._columns or [[], []]
        return [
            max(map(len, [*column, *(row[place] for row in broken if place < 2)]), default=0)
            for place, column in enumerate(columns)
        ]


def _spoken(run: RunListing, now: float) -> tuple[str, ...]:
    header, status = run.header, run.status
    assert header is not None
    assert status is not None
    return (
        run.name,
        run.state,
        shown_scenario(header.scenario),
        header.device,
        f"{status.step}/{header.steps}" if header.steps is not None else f"{status.step}",
        f"{age(now - header.created_at)} ago",
    )


def _score_values(run: RunListing) -> dict[str, dict[str, dict[str, float]]] | None:
    """Mean and sd over seeds of the main scores that the run has, by head."""
    header, details = run.header, run.details
    if header is None or details is None or details.scores is None:
        return None
    places = {name: header.score_names.index(name) for name in _measured(header)}
    values = {}
    for head, of_seeds in zip(header.heads, details.scores, strict=True):
        spreads = {name: spread(of_seeds[:, place]) for name, place in places.items()}
        values[head.name] = {name: {"mean": s.mean, "sd": s.sd} for name, s in spreads.items()}
    return values


def _measured(header: RunHeader) -> list[str]:
    return [name for name in MAIN_SCORES if name in header.score_names]
