"""`objtui export RUN…`: recorded runs for other programs, as charts and as pictures."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from objtui.cli.arguments import add_run_argument, add_runs_argument, runs_folder
from objtui.errors import EXIT_DONE, UsageError
from objtui.export.axes import AXES
from objtui.export.formats import (
    FORMATS,
    ExportFormat,
    check_ending,
    default_place,
    export_format,
    format_for,
)
from objtui.text.numbers import either

STDOUT = "-"

MAX_PANEL_LETTERS = 60
"""Of the name of a panel in that of a file."""

MIN_INCHES, MAX_INCHES = 1.0, 40.0
"""Of a chart, either way."""


class ExportCommand:
    """Writes runs out in a format; never over something that is there, unless told to."""

    name = "export"
    help = "write runs as tables, event files, charts, a picture or a page"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """RUN…, the format, the place, and what a picture shows."""
        add_run_argument(parser, several=True)
        add_runs_argument(parser)
        parser.add_argument(
            "--format",
            choices=[entry.name for entry in FORMATS],
            help="; ".join(
                f"{entry.name}: {entry.says}" + (f" ({entry.holds})" if entry.holds else "")
                for entry in FORMATS
            )
            + " (default: what the end of --out says, else svg). A sweep is one table, csv (its "
            "default) or parquet, a page with its cells, chart and shares of variance, html, or a "
            "chart over its factors, svg, png or pdf",
        )
        parser.add_argument(
            "-o",
            "--out",
            metavar="PATH",
            help="where to (default: a name of its own in this folder); - is standard output, "
            f"for {', '.join(entry.name for entry in FORMATS if entry.stream)}; of tables "
            "the scores alone",
        )
        parser.add_argument("--force", action="store_true", help="replace files that are there")
        parser.add_argument(
            "--panel",
            metavar="NAME",
            help="svg, png, pdf: one panel as a chart for papers and slides: a head (of several "
            "runs RUN:HEAD), "
            "histograms (or ridges), overlay, curves, curves:SCORE, scores, claims, history, "
            "bands, reliability, gradient, threshold, f1, precision-recall (or pr), pictures, "
            "pictures:HEAD:2, mistakes:HEAD, difference, or all; most take :HEAD; difference:HEAD "
            "and scores:HEAD are all heads less that one; the keys h c g t T v d are names too; of "
            "a sweep HEAD.SCORE, or SCORE of every head "
            "(needs the extra objtui[figures])",
        )
        parser.add_argument(
            "--theme",
            choices=("light", "dark", "print"),
            help="chart: its ground; print tells heads apart by dash and marker, too (light)",
        )
        for name, what in (("width", "3.3, a column of a paper"), ("height", "what it needs")):
            parser.add_argument(
                f"--{name}", type=inches, metavar="INCHES", help=f"chart: its {name} ({what})"
            )
        for axis in AXES:
            parser.add_argument(
                axis.option,
                action="store_true",
                help=f"picture, chart: {axis.says}, as key {axis.key} of the dashboard",
            )
        parser.add_argument(
            "--size",
            type=size,
            metavar="WxH",
            help="picture: cells across and down, as a terminal shows it (120x40)",
        )
        parser.add_argument(
            "--step",
            type=step,
            metavar="N",
            help="picture, chart: at the last frame up to this step (default: the end)",
        )

    def run(self, args: argparse.Namespace) -> int:
        """Write; RunFileError where a run cannot be read, UsageError where it cannot be written."""
        from objtui.cli.signals import FollowSignals

        with FollowSignals():  # SIGTERM, too, leaves no part of a file behind
            return export(args)


def export(args: argparse.Namespace) -> int:
    """Write what the command line asks for, and say where it is."""
    from objtui.cli.slips import named_sweep

    if len(args.run_names) == 1 and (sweep := named_sweep(runs_folder(args), args.run_names[0])):
        from objtui.cli.sweep_reading import export as export_a_sweep

        return export_a_sweep(sweep, args)
    named = None if args.out in (None, STDOUT) else str(args.out)
    kind = export_format(args.format) if args.format else format_for(named)
    check_options(kind, args)
    if named is not None:
        check_ending(kind, named)
    from objtui.cli.slips import named_run

    paths = [named_run(runs_folder(args), name) for name in args.run_names]
    if args.out == STDOUT:
        from objtui.export.write import stream_runs
        from objtui.reports.style import open_stdout

        stream_runs(kind, paths, open_stdout())
        return EXIT_DONE
    place = Path(args.out) if args.out else own_place(kind, paths, Path(), args)
    if place.is_dir() and not kind.folder:
        place = own_place(kind, paths, place, args)
    if is_figure(kind, args):
        draw_figure(kind, paths, place, args)
    elif kind.picture:
        draw(kind, paths, place, args)
    else:
        from objtui.export.write import export_runs

        export_runs(kind, paths, place, force=args.force)
    from objtui.text.terminal import say

    say(f"wrote {place}")
    return EXIT_DONE


def own_place(
    kind: ExportFormat, paths: list[Path], folder: Path, args: argparse.Namespace
) -> Path:
    """Where an export goes in a folder by itself: charts of one run by their names, too."""
    place = default_place(kind, paths, folder, args.step)
    if not is_figure(kind, args) or args.panel is None:
        return place
    panel = re.sub(r"[^A-Za-z0-9_]+", "-", args.panel)[:MAX_PANEL_LETTERS].strip("-")
    return place.with_name(f"{place.stem}-{panel}{place.suffix}")


def is_figure(kind: ExportFormat, args: argparse.Namespace) -> bool:
    """Whether a chart is drawn: what a terminal shows is measured in cells, by --size."""
    chosen = (args.panel, args.theme, args.width, args.height)
    return kind.figure and args.size is None and (not kind.picture or chosen != (None,) * 4)


def draw_figure(
    kind: ExportFormat, paths: list[Path], place: Path, args: argparse.Namespace
) -> None:
    """Write the chart that the command line asks for."""
    from objtui.export.place import check_place
    from objtui.export.write import refuse_sources
    from objtui.figures.write import FigureChoice, write_figure

    refuse_sources(kind, paths, place)
    check_place(place, folder=False, force=args.force)
    choice = FigureChoice(
        panel=args.panel or "all",
        theme=args.theme or "light",
        width=args.width,
        height=args.height,
        step=args.step,
        **chosen_axes(args),
    )
    write_figure(kind.name, paths, choice, place, force=args.force)


def draw(kind: ExportFormat, paths: list[Path], place: Path, args: argparse.Namespace) -> None:
    """Write the picture that the command line asks for."""
    from objtui.export.place import check_place
    from objtui.export.write import refuse_sources
    from objtui.ui.dashboard.offscreen import dashboard_lines, panel_lines
    from objtui.ui.pictures.picture import picture_title, write_picture

    refuse_sources(kind, paths, place)
    check_place(place, folder=False, force=args.force)
    width, height = args.size or (120, 40)
    axes = chosen_axes(args)
    if args.panel is None:
        lines = dashboard_lines(paths, width, height, args.step, axes)
    else:
        lines = panel_lines(paths, args.panel, width, height, args.step, axes)
    write_picture(kind, lines, picture_title(paths), place, force=args.force)


def chosen_axes(args: argparse.Namespace) -> dict[str, bool]:
    """The choices of axes, by the names that the dashboard has for them."""
    return {axis.name: getattr(args, axis.name) for axis in AXES}


def check_options(kind: ExportFormat, args: argparse.Namespace) -> None:
    """Raise UsageError where an option does not go with the format."""
    pictures = either((entry.name for entry in FORMATS if entry.picture), "and")
    figures = either((entry.name for entry in FORMATS if entry.figure), "and")
    if args.out == STDOUT and not kind.stream:
        raise UsageError(f"{kind.name} does not go to standard output; name a place with --out")
    if not kind.picture and args.size is not None:
        raise UsageError(f"--size goes with --format {pictures}")
    for name in ("panel", "theme", "width", "height"):
        if not kind.figure and getattr(args, name) is not None:
            raise UsageError(f"--{name} goes with --format {figures}")
        if args.size is not None and name != "panel" and getattr(args, name) is not None:
            raise UsageError(
                f"--size is of a terminal's cells, and --{name} of a chart; choose one"
            )
    for axis in AXES:
        if getattr(args, axis.name) and not kind.figure:
            raise UsageError(f"{axis.option} goes with --format {figures}")
    if not kind.of_a_step and args.step is not None:
        raise UsageError(f"{kind.name} holds every step; --step goes with --format {figures}")


def step(text: str) -> int:
    """A step, from 0 on, as an argparse type."""
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"expected a step such as 1000, got {text!r}")
    return int(text)


def inches(text: str) -> float:
    """A length of a chart, as an argparse type."""
    from math import isfinite

    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or not MIN_INCHES <= value <= MAX_INCHES:
        raise argparse.ArgumentTypeError(
            f"expected inches from {MIN_INCHES:g} to {MAX_INCHES:g}, got {text!r}"
        )
    return value


def size(text: str) -> tuple[int, int]:
    """Columns and rows such as 120x40, as an argparse type."""
    match = re.fullmatch(r"(\d{1,4})[x×](\d{1,4})", text)
    if not match:
        raise argparse.ArgumentTypeError(f"expected columns and rows such as 120x40, got {text!r}")
    return int(match[1]), int(match[2])
