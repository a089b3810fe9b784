"""What a person can pick: scenarios and recorded runs, as rows of a list."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rich.text import Text

from objtui.headless.style import age, grouped
from objtui.runfile.find import RunListing
from objtui.scenario.bundled import bundled_path, bundled_questions
from objtui.ui.look import BAD, FAINT, GOOD, STRONG, Look
from objtui.ui.screens.letters import drawable

LARGEST_SCENARIO = 16 * 1024 * 1024
"""Bytes beyond which `objtui run` refuses a scenario file."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was picked.

    Attributes:
        kind: what it is.
        value: a scenario as `objtui run` takes it, or the path of a run file.
        others: paths of more run files, to be compared with it.
    """

    kind: Literal["scenario", "run"]
    value: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list.

    Attributes:
        key: tells the row from the others of its list, and stays while the list changes.
        choice: what choosing it gives; None where it cannot be chosen.
        cells: what it shows, by column.
        detail: everything about it, for the row under the cursor.
    """

    key: str
    choice: Choice | None
    cells: tuple[Text, ...]
    detail: str

    def matches(self, words: str) -> bool:
        """Whether every one of the words stands in a cell, in upper or lower case."""
        text = " ".join(cell.plain for cell in self.cells).casefold()
        return all(word in text for word in words.casefold().split())


def scenario_rows(folder: Path, look: Look) -> list[Row]:
    """The bundled scenarios, then those of a folder; a broken file tells why and has no choice.

    Files are only parsed, not checked: that takes longer and `objtui run` does it.
    """
    rows = []
    for bundled in bundled_questions():
        shadowed = (folder / bundled.name).is_file()  # a file comes before a bundled name
        value = str(bundled_path(bundled.name)) if shadowed else bundled.name
        question = bundled.question or bundled.title
        rows.append(_scenario_row(bundled.name, value, question, "bundled: " + bundled.title, look))
    paths = (path for path in folder.glob("*.toml") if path.is_file())
    return rows + [row for path in sorted(paths) if (row := _file_row(path, look))]


def run_rows(runs: list[RunListing], now: float, look: Look) -> list[Row]:
    """Recorded runs: name, state, scenario, step of steps, age.

    Args:
        now: seconds since the epoch.
    """
    return [_run_row(run, now, look) for run in runs]


def _scenario_row(name: str, value: str, question: str, detail: str, look: Look) -> Row:
    shown = drawable(question, look)
    return Row(
        key=value,
        choice=Choice("scenario", value),
        cells=(Text(drawable(name, look), STRONG), Text(shown)),
        detail=drawable(f"{name}, {detail}. {question}", look),
    )


def _file_row(path: Path, look: Look) -> Row | None:
    """The row of a TOML file; None for one that is something else, such as pyproject.toml."""
    try:
        tables = _tables(path)
    except (OSError, ValueError, RecursionError) as error:
        name, reason = drawable(path.name, look), drawable(f"broken: {_reason(error)}", look)
        cells = (Text(name, FAINT), Text(reason, look.hue(BAD)))
        return Row(str(path), None, cells, f"{name} is {reason}")
    if "heads" not in tables or "data" not in tables:
        return None
    title, question = _text(tables, "title"), _text(tables, "question")
    detail = f"in this folder: {title}" if title else "in this folder"
    return _scenario_row(path.name, str(path), question or title, detail, look)


def _tables(path: Path) -> Mapping[str, Any]:
    if path.stat().st_size > LARGEST_SCENARIO:
        raise ValueError(f"larger than {LARGEST_SCENARIO >> 20} MB")
    return tomllib.loads(path.read_bytes().decode("utf-8-sig"))


def _reason(error: OSError | ValueError | RecursionError) -> str:
    if isinstance(error, OSError):
        return error.strerror or "cannot be read"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def _text(tables: Mapping[str, Any], key: str) -> str:
    value = tables.get(key, "")
    return value if isinstance(value, str) else ""


def _run_row(run: RunListing, now: float, look: Look) -> Row:
    name = drawable(run.name, look)
    if run.header is None or run.status is None:
        reason = drawable(run.reason, look)
        broken = (Text(name, FAINT), Text(run.state, look.hue(BAD)), Text(reason, FAINT))
        return Row(run.name, None, broken, f"{name} cannot be read: {reason}")
    header, status = run.header, run.status
    tone = GOOD if status.state in ("running", "finished") else ""
    tone = BAD if status.state in ("failed", "crashed", "diverged") else tone
    scenario = drawable(Path(header.scenario).stem, look)
    detail = f"{name}, {status.state}: {header.title}"
    cells = (
        Text(name, STRONG),
        Text(status.state, look.hue(tone)),
        Text(scenario),
        Text(f"{grouped(status.step)}/{grouped(header.steps)}", justify="right"),
        Text(f"{age(now - header.created_at)} ago", FAINT),
    )
    return Row(
        key=run.name,
        choice=Choice("run", str(run.path)),
        cells=cells,
        detail=drawable(f"{detail}. {status.message or header.question}", look),
    )
