"""The formats of `objtui export`, one entry each; light, since building any help reads it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from objtui.errors import UsageError


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format, and what writes it.

    Writers are named as `module:function`, and their modules imported when they write.

    Attributes:
        name: the word on the command line.
        says: what it is, in a few words.
        ending: end of the default name.
        writer: `(runs, path) -> None`, which writes recorded runs to a path at which
            nothing is yet. Of a picture `(lines, title) -> bytes`, which turns lines of
            cells into a file's content; only `objtui.ui.pictures.picture` loads that.
        stream: `(runs, out) -> None`, which writes recorded runs to standard output;
            empty where the format does not go there.
        folder: whether it is a folder of files instead of one file.
        several: whether it holds several runs at once.
        picture: whether it shows the dashboard as a terminal does.
        figure: whether a chart can be drawn in it, by `objtui.figures`.
        needs: the key of a scenario without which a run has nothing to write; empty where every
            run has something.
        holds: what is in it, where `says` is too short for that; for the help.
    """

    name: str
    says: str
    ending: str
    writer: str
    stream: str = ""
    folder: bool = False
    several: bool = False
    picture: bool = False
    figure: bool = False
    needs: str = ""
    holds: str = ""

    @property
    def of_a_step(self) -> bool:
        """Whether it shows one moment of the runs."""
        return self.picture or self.figure


FORMATS: tuple[ExportFormat, ...] = (
    ExportFormat(
        "csv",
        "folder of tables as text",
        "-csv",
        "objtui.export.csv_tables:write_csv_folder",
        stream="objtui.export.csv_tables:write_csv_scores",
        folder=True,
        several=True,
    ),
    ExportFormat(
        "jsonl",
        "the lines of --json",
        ".jsonl",
        "objtui.export.json_lines:write_jsonl_file",
        stream="objtui.export.json_lines:write_json_lines",
        several=True,
    ),
    ExportFormat(
        "parquet",
        "folder of tables",
        "-parquet",
        "objtui.export.parquet_tables:write_parquet_folder",
        folder=True,
        several=True,
    ),
    ExportFormat(
        "tensorboard",
        "folder of event files",
        "-tensorboard",
        "objtui.export.event_files:write_event_folder",
        folder=True,
        several=True,
    ),
    ExportFormat(
        "svg",
        "the dashboard as a vector picture",
        ".svg",
        "objtui.ui.pictures.svg:svg_bytes",
        several=True,
        picture=True,
        figure=True,
    ),
    ExportFormat(
        "png",
        "the dashboard as a pixel picture",
        ".png",
        "objtui.ui.pictures.png:png_bytes",
        several=True,
        picture=True,
        figure=True,
    ),
    ExportFormat(
        "pdf",
        "charts on a page, for print",
        ".pdf",
        "objtui.figures.write:write_pdf",
        several=True,
        figure=True,
    ),
    ExportFormat(
        "html",
        "a page for a browser, with every view",
        ".html",
        "objtui.pages.html:write_html",
        several=True,
    ),
    ExportFormat(
        "calibration",
        "the numbers of a calibration, as JSON",
        "-calibration.json",
        "objtui.export.calibration:write_calibration_file",
        stream="objtui.export.calibration:write_calibration",
        needs="calibrate.method",
    ),
    ExportFormat(
        "coco",
        "folder of a detector's last detections",
        "-coco",
        "objtui.export.coco:write_coco_folder",
        folder=True,
        needs="model.layers",
        holds="of every validation picture, as COCO results, HEAD-SEED.json; p in the very order "
        "of the logits; truth.json has pictures and true boxes, for pycocotools, and how many "
        "detections of each picture are kept where the run file has no room for all",
    ),
    ExportFormat(
        "safetensors",
        "the parameters of the last checkpoint",
        ".safetensors",
        "objtui.export.parameters:write_parameters",
        holds="named HEAD.SEED.layers.N.weight, HEAD.SEED.output.weight and so on, in the shapes "
        "of torch's layers, no state of the optimiser; heads, seeds, layers, anchors as metadata; "
        "where rows were standardised features.mean and features.per_sd: a model is given "
        "(value − mean) · per_sd",
        needs="train.steps",
    ),
    ExportFormat(
        "run", "a copy of the run file", "-copy.objtui", "objtui.export.run_copy:write_run_copy"
    ),
)
"""Every format, in the order of the help."""

OF_EVERY_RUN: tuple[ExportFormat, ...] = tuple(entry for entry in FORMATS if not entry.needs)
"""Those that no run is without."""


def export_format(name: str) -> ExportFormat:
    """The format of a name; KeyError where there is none."""
    return {entry.name: entry for entry in FORMATS}[name]


def load_writer(dotted: str) -> Callable[..., Any]:
    """The function that `module:function` names; imports its module."""
    module, _, function = dotted.partition(":")
    writer: Callable[..., Any] = getattr(import_module(module), function)
    return writer


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
