"""`objtui export RUN…`: recorded runs for other programs, and the dashboard as a picture."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from objtui.cli.arguments import add_run_argument, add_runs_argument, runs_folder
from objtui.errors import EXIT_DONE, UsageError
from objtui.export.formats import (
    FORMATS,
    ExportFormat,
    check_ending,
    default_place,
    export_format,
    format_for,
)

STDOUT = "-"


class ExportCommand:
    """Writes runs out in a format; never over something that is there, unless told to."""

    name = "export"
    help = "write runs as tables, event files or a picture"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """RUN…, the format, the place, and what a picture shows."""
        add_run_argument(parser, several=True)
        add_runs_argument(parser)
        parser.add_argument(
            "--format",
            choices=[entry.name for entry in FORMATS],
            help="; ".join(f"{entry.name}: {entry.says}" for entry in FORMATS)
            + " (default: what the end of --out says, else svg)",
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
            help="picture: one panel: a head (of several runs RUN:HEAD), curves, scores, claims "
            "or a view such as reliability, history:HEAD, pictures:HEAD:2 or mistakes:HEAD",
        )
        parser.add_argument(
            "--size", type=size, metavar="WxH", help="picture: cells across and down (120x40)"
        )
        parser.add_argument(
            "--step",
            type=step,
            metavar="N",
            help="picture: at the last frame up to this step (default: the end)",
        )

    def run(self, args: argparse.Namespace) -> int:
        """Write; RunFileError where a run cannot be read, UsageError where it cannot be written."""
        from objtui.cli.signals import FollowSignals

        with FollowSignals():  # SIGTERM, too, leaves no part of a file behind
            return export(args)


def export(args: argparse.Namespace) -> int:
    """Write what the command line asks for, and say where it is."""
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
    place = Path(args.out) if args.out else default_place(kind, paths, Path(), args.step)
    if place.is_dir() and not kind.folder:
        place = default_place(kind, paths, place, args.step)
    if kind.picture:
        draw(kind, paths, place, args)
    else:
        from objtui.export.write import export_runs

        export_runs(kind, paths, place, force=args.force)
    from objtui.text.terminal import say

    say(f"wrote {place}")
    return EXIT_DONE


def draw(kind: ExportFormat, paths: list[Path], place: Path, args: argparse.Namespace) -> None:
    """Write the picture that the command line asks for."""
    from objtui.export.place import check_place
    from objtui.export.write import refuse_sources
    from objtui.ui.dashboard.offscreen import dashboard_lines, panel_lines
    from objtui.ui.pictures.picture import picture_title, write_picture

    refuse_sources(kind, paths, place)
    check_place(place, folder=False, force=args.force)
    width, height = args.size or (120, 40)
    if args.panel is None:
        lines = dashboard_lines(paths, width, height, args.step)
    else:
        lines = panel_lines(paths, args.panel, width, height, args.step)
    write_picture(kind, lines, picture_title(paths), place, force=args.force)


def check_options(kind: ExportFormat, args: argparse.Namespace) -> None:
    """Raise UsageError where an option does not go with the format."""
    pictures = " and ".join(entry.name for entry in FORMATS if entry.picture)
    if args.out == STDOUT and not kind.stream:
        raise UsageError(f"{kind.name} does not go to standard output; name a place with --out")
    if not kind.picture and (args.panel is not None or args.size is not None):
        raise UsageError(f"--panel and --size go with --format {pictures}")
    if not kind.picture and args.step is not None:
        raise UsageError(f"{kind.name} holds every step; --step goes with --format {pictures}")


def step(text: str) -> int:
    """A step, from 0 on, as an argparse type."""
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"expected a step such as 1000, got {text!r}")
    return int(text)


def size(text: str) -> tuple[int, int]:
    """Columns and rows such as 120x40, as an argparse type."""
    match = re.fullmatch(r"(\d{1,4})[x×](\d{1,4})", text)
    if not match:
        raise argparse.ArgumentTypeError(f"expected columns and rows such as 120x40, got {text!r}")
    return int(match[1]), int(match[2])
