"""What a person can pick: scenarios and recorded runs, as rows of a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from rich.text import Text

from objtui.errors import ScenarioError, UsageError
from objtui.reports.listing import run_extras
from objtui.reports.style import Style
from objtui.runfile.find import RunListing
from objtui.scenario.bundled import Bundled, bundled_path, bundled_questions
from objtui.scenario.read import read_tables, read_text
from objtui.sweep.listing import SweepListing
from objtui.sweep.standing import DRIVER_GONE
from objtui.text.numbers import age, counted, step_of
from objtui.ui.charts.words import legible
from objtui.ui.theme import BAD, FAINT, GOOD, STRONG, Theme

STARTING_POINT = "nuclei"
"""The bundled scenario that a person who knows none is pointed to."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was picked.

    Attributes:
        kind: what it is.
        value: a scenario as `objtui run` takes it, the path of a run file, or the folder of a
            sweep.
        others: paths of more run files, to be compared with it.
    """

    kind: Literal["scenario", "run", "sweep"]
    value: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list.

    Attributes:
        key: tells the row from the others of its list, and stays while the list changes.
        choice: what choosing it gives; None where it cannot be chosen.
        cells: what it shows, by column.
        extras: cells of more columns, shown as far as there is room for them.
        detail: everything about it, for the row under the cursor.
    """

    key: str
    choice: Choice | None
    cells: tuple[Text, ...]
    detail: str
    extras: tuple[Text, ...] = ()

    def matches(self, words: str) -> bool:
        """Whether every one of the words stands in a cell, in upper or lower case."""
        text = " ".join(cell.plain for cell in (*self.cells, *self.extras)).casefold()
        return all(word in text for word in words.casefold().split())


def scenario_rows(folder: Path, theme: Theme) -> list[Row]:
    """The scenarios of a folder, then the bundled ones, first the one to start with.

    A broken file tells why and has no choice. Files are only parsed, not checked: that takes
    longer and `objtui run` does it.
    """
    paths = (path for path in folder.glob("*.toml") if path.is_file())
    own = [row for path in sorted(paths) if (row := _file_row(path, theme))]
    own.sort(key=lambda row: row.choice is None)
    listed = sorted(bundled_questions(), key=lambda bundled: bundled.name != STARTING_POINT)
    return own + [_bundled_row(bundled, folder, theme) for bundled in listed]


def with_problem(row: Row, problem: str, theme: Theme) -> Row:
    """A row that says why it could not be started; it can be chosen again."""
    reason = legible(f"broken: {problem}", theme)
    cells = (*row.cells[:1], Text(reason, theme.hue(BAD)))
    return replace(row, cells=cells, detail=f"{row.cells[0].plain} is {reason}")


def run_rows(runs: list[RunListing], now: float, theme: Theme) -> list[Row]:
    """Recorded runs: name, state, scenario, step of steps, age.

    Args:
        now: seconds since the epoch.
    """
    return [_run_row(run, now, theme) for run in runs]


def sweep_rows(sweeps: Sequence[SweepListing], now: float, theme: Theme) -> list[Row]:
    """Sweeps among recorded runs, with the same columns: cells that are done in that of steps.

    Args:
        now: seconds since the epoch.
    """
    return [_sweep_row(sweep, now, theme) for sweep in sweeps]


def _bundled_row(bundled: Bundled, folder: Path, theme: Theme) -> Row:
    shadowed = (folder / bundled.name).is_file()  # a file comes before a bundled name
    value = str(bundled_path(bundled.name)) if shadowed else bundled.name
    hint = "start here: " if bundled.name == STARTING_POINT else ""
    question = bundled.question or bundled.title
    return _scenario_row(bundled.name, value, question, f"bundled: {bundled.title}", theme, hint)


def _scenario_row(
    name: str, value: str, question: str, detail: str, theme: Theme, hint: str = ""
) -> Row:
    shown = Text.assemble((hint, FAINT), legible(question, theme))
    return Row(
        key=value,
        choice=Choice("scenario", value),
        cells=(Text(legible(name, theme), STRONG), shown),
        detail=legible(f"{name}, {detail}. {question}", theme),
    )


def _file_row(path: Path, theme: Theme) -> Row | None:
    """The row of a TOML file; None for one that is something else, such as pyproject.toml."""
    try:
        tables = read_tables(read_text(path, path.name), path.name)
    except (ScenarioError, UsageError) as error:
        name, reason = legible(path.name, theme), legible(f"broken: {_reason(error)}", theme)
        cells = (Text(name, FAINT), Text(reason, theme.hue(BAD)))
        return Row(str(path), None, cells, f"{name} is {reason}")
    if "heads" not in tables or "data" not in tables:
        return None
    title, question = _text(tables, "title"), _text(tables, "question")
    detail = f"in this folder: {title}" if title else "in this folder"
    return _scenario_row(path.name, str(path), question or title, detail, theme)


def _reason(error: ScenarioError | UsageError) -> str:
    if not isinstance(error, ScenarioError):
        return str(error)
    problem = error.problems[0]
    return problem.message if problem.line is None else f"line {problem.line}: {problem.message}"


def _text(tables: Mapping[str, Any], key: str) -> str:
    value = tables.get(key, "")
    return value if isinstance(value, str) else ""


def _run_row(run: RunListing, now: float, theme: Theme) -> Row:
    name = legible(run.name, theme)
    if run.header is None or run.status is None:
        reason = legible(run.reason, theme)
        broken = (Text(name, FAINT), Text(run.state, theme.hue(BAD)), Text(reason, FAINT))
        return Row(str(run.path), None, broken, f"{name} cannot be read: {reason}")
    header, status = run.header, run.status
    tone = GOOD if status.state in ("running", "finished") else ""
    tone = BAD if status.state in ("failed", "crashed", "diverged") else tone
    scenario = legible(Path(header.scenario).stem, theme)
    detail = f"{name}, {status.state}: {header.title}"
    cells = (
        Text(name, STRONG),
        Text(status.state, theme.hue(tone)),
        Text(scenario),
        Text(step_of(status.step, header.steps), justify="right"),
        Text(f"{age(now - header.created_at)} ago", FAINT),
    )
    note = f" ({header.note})" if header.note else ""
    return Row(
        key=str(run.path),
        choice=Choice("run", str(run.path)),
        cells=cells,
        detail=legible(f"{detail}{note}. {status.message or header.question}", theme),
        extras=_extra_cells(run, theme),
    )


def _sweep_row(sweep: SweepListing, now: float, theme: Theme) -> Row:
    name, record = legible(sweep.name, theme), sweep.record
    if record is None:
        reason = legible(sweep.reason, theme)
        broken = (Text(name, FAINT), Text(sweep.state, theme.hue(BAD)), Text(reason, FAINT))
        return Row(str(sweep.folder), None, broken, f"{name} cannot be read: {reason}")
    tone = GOOD if sweep.state in ("running", "finished") else ""
    tone = BAD if sweep.state in ("failed", DRIVER_GONE) else tone
    over = ", ".join(f"{factor.key}={','.join(factor.values)}" for factor in record.factors)
    failed = f", {counted(sweep.failed, 'cell')} failed" if sweep.failed else ""
    if sweep.state == DRIVER_GONE:
        failed += f", {counted(sweep.training, 'cell')} in training"
    cells = (
        Text(name, STRONG),
        Text(sweep.state, theme.hue(tone)),
        Text(legible(f"sweep of {Path(record.base.scenario_path).stem}", theme)),
        Text(f"{sweep.done}/{counted(len(record.cells), 'cell')}", justify="right"),
        Text(f"{age(now - record.created_at)} ago", FAINT),
    )
    return Row(
        key=str(sweep.folder),
        choice=Choice("sweep", str(sweep.folder)),
        cells=cells,
        detail=legible(f"{name}, {sweep.state}{failed}: a sweep over {over}", theme),
        extras=(Text(), Text(), Text()),
    )


def _extra_cells(run: RunListing, theme: Theme) -> tuple[Text, ...]:
    """Average precision of every head, note and size."""
    extras = run_extras(run, Style(unicode=theme.glyphs != "ascii"), named=False)
    return (
        Text(extras.scores.get("ap", "")),
        Text(legible(extras.note, theme)),
        Text(extras.size, FAINT, justify="right"),
    )
