"""The formats of `objtui export`; light, since building any help reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from objtui.errors import UsageError


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format.

    Attributes:
        name: the word on the command line.
        says: what it is, in a few words.
        ending: end of the default name.
        folder: whether it is a folder of files instead of one file.
        several: whether it holds several runs at once.
        text: whether it can go to standard output.
        picture: whether it shows the dashboard, which `objtui.ui.pictures.picture` draws.
    """

    name: str
    says: str
    ending: str
    folder: bool = False
    several: bool = False
    text: bool = False
    picture: bool = False


FORMATS: tuple[ExportFormat, ...] = (
    ExportFormat("csv", "folder of tables as text", "-csv", folder=True, several=True, text=True),
    ExportFormat("jsonl", "the lines of --json", ".jsonl", several=True, text=True),
    ExportFormat("parquet", "folder of tables", "-parquet", folder=True, several=True),
    ExportFormat("tensorboard", "folder of event files", "-tensorboard", folder=True, several=True),
    ExportFormat("svg", "the dashboard as a vector picture", ".svg", several=True, picture=True),
    ExportFormat("png", "the dashboard as a pixel picture", ".png", several=True, picture=True),
    ExportFormat("run", "a copy of the run file", "-copy.objtui"),
)
"""Every format, in the order of the help."""


def export_format(name: str) -> ExportFormat:
    """The format of a name; KeyError where there is none."""
    return {entry.name: entry for entry in FORMATS}[name]


def format_for(place: str | None) -> ExportFormat:
    """The format that the end of a file's name says; svg where there is none.

    Raises UsageError where the name ends in that of no single file.
    """
    ending = Path(place or "").suffix.lower()
    files = {entry.ending: entry for entry in FORMATS if not entry.folder}
    files[".objtui"] = export_format("run")
    if ending and ending not in files:
        raise UsageError(f"{place}: say the format with --format; its end does not tell")
    return files[ending] if ending else export_format("svg")


def check_ending(kind: ExportFormat, place: str) -> None:
    """Raise UsageError where a folder is to have the name of a file, or a picture another's."""
    ending = Path(place).suffix.lower()
    if kind.folder and ending in (".csv", ".parquet"):
        raise UsageError(f"{kind.name} is a {kind.says}; {place} looks like a file")
    others = {entry.ending: entry.name for entry in FORMATS if not entry.folder}
    if not kind.folder and others.get(ending, kind.name) != kind.name:
        raise UsageError(f"{place} looks like {others[ending]}, and the format is {kind.name}")


def default_place(
    kind: ExportFormat, runs: Sequence[Path], folder: Path, step: int | None = None
) -> Path:
    """Where an export of these run files goes unless told otherwise, in a folder.

    `step`: that of a picture of the past.
    """
    more = f"-and-{len(runs) - 1}-more" if len(runs) > 1 else ""
    at = "" if step is None else f"-step-{step}"
    return folder / f"{runs[0].stem}{more}{at}{kind.ending}"
