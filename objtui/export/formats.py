"""The formats of `objtui export`; light, since building any help reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


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
        picture: whether it shows the dashboard, which `objtui.ui.picture` draws.
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
    ExportFormat("svg", "the dashboard as a vector picture", ".svg", picture=True),
    ExportFormat("png", "the dashboard as a pixel picture", ".png", picture=True),
    ExportFormat("run", "a copy of the run file", "-copy.objtui"),
)
"""Every format, in the order of the help."""


def export_format(name: str) -> ExportFormat:
    """The format of a name; KeyError where there is none."""
    return {entry.name: entry for entry in FORMATS}[name]


def default_place(kind: ExportFormat, runs: Sequence[Path], folder: Path) -> Path:
    """Where an export of these run files goes unless told otherwise, in a folder."""
    more = f"-and-{len(runs) - 1}-more" if len(runs) > 1 else ""
    return folder / f"{runs[0].stem}{more}{kind.ending}"
