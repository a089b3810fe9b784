"""A sweep as text and as JSON lines."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TextIO

from objtui.measures.spread import Spread
from objtui.reports.jsonlines import encode_line
from objtui.reports.report import write_lines
from objtui.reports.style import Style, number
from objtui.reports.table import deviation_text
from objtui.reports.text import MAX_SILENCE_S
from objtui.scenario.overrides import parse_override
from objtui.sweep.cells import DONE, CellResult, ranked
from objtui.sweep.halving import STOPPED_EARLY
from objtui.sweep.plan import Cell
from objtui.sweep.record import SweepRecord
from objtui.sweep.variance import variance_shares
from objtui.sweep.views import short_keys
from objtui.text.numbers import counted
from objtui.text.terminal import printable, terminal_size
from objtui.trainer.launch import StartedRun

Line = dict[str, Any]
_TONES = {"finished": "good", "failed": "bad", "crashed": "bad", "unreadable": "bad"}


class SweepReport(Protocol):
    """Writes out how a sweep goes."""

    def begin(self, record: SweepRecord, done: int) -> None:
        """What there is to be trained; `done`: cells that are already."""

    def began(self, cell: Cell, run: StartedRun) -> None:
        """A cell trains from now on."""

    def goes_on(self, cell: Cell) -> None:
        """Something is at work."""

    def ended(self, result: CellResult) -> None:
        """A cell has ended."""

    def end(self, state: str, results: Sequence[CellResult]) -> None:
        """All of them have, or the sweep was stopped."""


class SweepJson:
    """JSON lines: the sweep, a line a cell as it ends, the end."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._name = ""

    def begin(self, record: SweepRecord, done: int) -> None:
        self._name = record.name
        self._write(sweep_line(record))

    def began(self, cell: Cell, run: StartedRun) -> None:
        """Nothing: its run file has it."""

    def goes_on(self, cell: Cell) -> None:
        """Nothing."""

    def ended(self, result: CellResult) -> None:
        self._write(cell_line(self._name, result))

    def end(self, state: str, results: Sequence[CellResult]) -> None:
        self._write(end_line(state, results))

    def _write(self, line: Line) -> None:
        write_lines(self._out, encode_line(line))


class SweepText:
    """Text: a line a cell as it ends, one a minute at least, and the table of all."""

    def __init__(
        self, out: TextIO, style: Style, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._out, self._style, self._clock = out, style, clock
        self._said_at = clock()
        self._record: SweepRecord | None = None
        self._ended = self._running = 0

    def begin(self, record: SweepRecord, done: int) -> None:
        self._record, self._ended = record, done
        name = self._style.paint(printable(record.name), "strong")
        words = (
            f"{name}  {printable(record.base.scenario_path)}  {counted(len(record.cells), 'cell')}"
        )
        self._say(words + (f", {done} of them done" if done else ""))
        for factor in record.factors:
            self._say(f"  {printable(factor.key)}  {printable(', '.join(factor.values))}")
        if record.stop is not None:
            self._say(f"  stop  {printable(record.stop.text)} at {record.stop.rungs_text}")

    def began(self, cell: Cell, run: StartedRun) -> None:
        self._running += 1

    def goes_on(self, cell: Cell) -> None:
        if self._record is not None and self._clock() - self._said_at >= MAX_SILENCE_S:
            self._say(f"{self._progress()}, {self._running} in training")

    def ended(self, result: CellResult) -> None:
        assert self._record is not None
        self._ended += 1
        self._running = max(0, self._running - 1)
        words = f"{self._progress()}  {result.cell.id}  {_settings(result.cell)}  "
        words += _state(result, self._style)
        if result.failed:
            words += f"  {printable(result.message)}"
        else:
            head, _, score = self._record.sort.partition(".")
            words += f"  {self._record.sort} {_value(result.spread(head, score), self._style)}"
            words += f"  {result.message}" if result.state == STOPPED_EARLY else ""
        self._say(words)

    def end(self, state: str, results: Sequence[CellResult]) -> None:
        assert self._record is not None
        width = terminal_size(self._out.fileno()).columns if self._out.isatty() else None
        self._say("", *leaderboard(self._record, results, self._style, width))
        if shares := share_lines(self._record, results):
            self._say("", *shares)
        finished = sum(result.state in DONE for result in results)
        failed = sum(result.failed for result in results)
        words = f"{finished} of {counted(len(results), 'cell')} finished"
        words += f", {early} stopped early" if (early := _stopped_early(results)) else ""
        words += f", {failed} failed" if failed else ""
        self._say("", f"{state}: {words}")

    def _progress(self) -> str:
        return f"{self._ended}/{0 if self._record is None else len(self._record.cells)}"

    def _say(self, *lines: str) -> None:
        self._said_at = self._clock()
        write_lines(self._out, *lines)


def leaderboard(
    record: SweepRecord, results: Sequence[CellResult], style: Style, width: int | None = None
) -> list[str]:
    """A row a cell, the best first: what differs, state, the sorted score, nll of every head.

    Where lines have a width, columns of nll that do not fit are left out, which a line says.
    """
    head, _, score = record.sort.partition(".")
    heads = next((result.heads for result in results if result.heads), ())
    keys = short_keys(record.factors)
    columns = [(head, score), *((each, "nll") for each in heads if (each, "nll") != (head, score))]
    rows = [["cell", *keys, "state", *(f"{name}.{column}" for name, column in columns)]]
    order = ranked(results, record.sort)
    for result in order:
        settings = [text.partition("=")[2] for text in result.cell.overrides]
        values = [_value(result.spread(*column), style) for column in columns]
        rows.append([result.cell.id, *settings, result.state, *values])
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    least = len(rows[0]) - len(columns) + 1  # with the sorted score
    while width is not None and len(widths) > least and sum(widths) + 2 * len(widths) - 2 > width:
        widths.pop()
    left_out = rows[0][len(widths) :]
    lines = [
        "  ".join(f"{cell:{wide}}" for cell, wide in zip(row, widths, strict=False)).rstrip()
        for row in rows
    ]
    shown = zip(order, lines[1:], strict=True)
    cells = [style.paint(line, "bad") if result.failed else line for result, line in shown]
    told = f"no room for {', '.join(left_out)}; `objtui export` writes every score"
    return [
        style.paint(lines[0], "strong"),
        *cells,
        *([style.paint(told, "faint")] if left_out else []),
    ]


def share_lines(
    record: SweepRecord, results: Sequence[CellResult], sort: str | None = None
) -> list[str]:
    """The shares of the variance of a HEAD.SCORE, by default the sorted one, of a full grid that
    is whole.
    """
    sort = sort or record.sort
    head, _, score = sort.partition(".")
    if not record.is_full_grid:
        return []
    shares = variance_shares(record.factors, results, head, score)
    if shares is None:
        return []
    parts = [
        f"{each.key} {each.share:.1%}" + (" (within seed noise)" if each.within_noise else "")
        for each in shares.factors
    ]
    if len(shares.factors) > 1:
        parts.append(f"together {shares.together:.1%}")
    return [f"variance of {sort}: {', '.join(parts)}, seeds {shares.seeds:.1%}"]


def sweep_line(record: SweepRecord) -> Line:
    """The line that begins a sweep."""
    return {
        "type": "sweep",
        "sweep": record.name,
        "cells": len(record.cells),
        **({} if record.stop is None else {"stop": record.stop.text}),
        "factors": {
            factor.key: [_json_value(f"{factor.key}={value}") for value in factor.values]
            for factor in record.factors
        },
    }


def cell_line(sweep: str, result: CellResult) -> Line:
    """The line of a cell that has ended."""
    names = () if result.header is None else result.header.score_names
    return {
        "type": "cell",
        "cell": result.cell.id,
        "run": f"{sweep}/{result.cell.id}",
        "state": result.state,
        "overrides": result.cell.settings,
        "scores": {
            head: {name: _score(result, head, name) for name in names}
            for head in result.heads
            if result.scores is not None
        },
        "message": result.message,
    }


def end_line(state: str, results: Sequence[CellResult]) -> Line:
    """The line that ends a sweep; cells that were stopped early are counted where there are any."""
    early = _stopped_early(results)
    return {
        "type": "end",
        "state": state,
        "finished": sum(result.state in DONE for result in results),
        "failed": sum(result.failed for result in results),
        **({"stopped_early": early} if early else {}),
    }


def _stopped_early(results: Sequence[CellResult]) -> int:
    return sum(result.state == STOPPED_EARLY for result in results)


def _score(result: CellResult, head: str, name: str) -> Line:
    over_seeds = result.spread(head, name)
    return {
        "mean": over_seeds.mean,
        "sd": over_seeds.sd,
        "values": list(result.values(head, name)),
    }


def _json_value(text: str) -> object:
    return getattr(parse_override(text), "value", None)


def _settings(cell: Cell) -> str:
    return printable(" ".join(cell.overrides))


def _state(result: CellResult, style: Style) -> str:
    tone = _TONES.get(result.state)
    if tone == "good":
        return style.paint(result.state, "good")
    return style.paint(result.state, "bad") if tone == "bad" else result.state


def _value(entry: Spread, style: Style) -> str:
    if math.isnan(entry.mean):
        return style.nothing
    mean = number(entry.mean, style)
    return mean if math.isnan(entry.sd) else f"{mean} {deviation_text(entry, style)}"
