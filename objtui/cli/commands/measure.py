"""`objtui measure FILE`: scores logits and targets that somebody already has."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from objtui.cli.arguments import add_name_argument, add_runs_argument, runs_folder
from objtui.errors import EXIT_DONE, UsageError

if TYPE_CHECKING:
    from objtui.measuring.given import HeadArrays


CALIBRATION_METHODS = ("temperature", "platt", "isotonic")
"""Those of `objtui.measures.calibrators`, which takes numpy to import."""


class MeasureCommand:
    """Makes a run of given logits, without training anything."""

    name = "measure"
    help = "score logits and targets that you already have"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """FILE, the names of its arrays, what they hold, and where the run goes."""
        parser.add_argument(
            "file",
            metavar="FILE",
            help="an .npz, .safetensors, .csv, .tsv or .parquet file with arrays or columns "
            "`logits` and `targets`; with one called `step`, each step is a frame",
        )
        parser.add_argument(
            "--logits",
            metavar="[HEAD=]NAME",
            action="append",
            help="an array or column of logits, and what its head is called; two neurons as "
            "HEAD=BACKGROUND,OBJECT; repeatable (default: logits)",
        )
        parser.add_argument(
            "--targets",
            metavar="NAME",
            default="targets",
            help="the array or column of targets, 0 to 1 (default: targets)",
        )
        parser.add_argument(
            "--probabilities",
            action="store_true",
            help="they hold p = sigmoid(z) in the place of logits z",
        )
        parser.add_argument(
            "--calibrate",
            metavar="METHOD",
            choices=CALIBRATION_METHODS,
            help="fit temperature, platt or isotonic to every head at the last step, on half of "
            "its rows, and measure what it does on the other half; `objtui export RUN --format "
            "calibration` writes the numbers",
        )
        add_runs_argument(parser)
        add_name_argument(parser)
        parser.add_argument("--json", action="store_true", help="JSON lines on stdout")

    def run(self, args: argparse.Namespace) -> int:
        """Measure, keep it as a run and say what it comes to; raises ObjtuiError."""
        from objtui.cli.signals import EndingSignals
        from objtui.cli.training import json_errors, say_notices
        from objtui.measuring.record import measure, record
        from objtui.measuring.rows import read_rows
        from objtui.runfile.names import check_name, refuse_taken

        began = time.monotonic()
        with json_errors(args), EndingSignals():
            folder, path = runs_folder(args), Path(args.file)
            if args.name is not None:  # before a long file is read
                check_name(args.name)
                refuse_taken(folder, args.name)
            rows = read_rows(
                path, _heads(args), _target_names(args), probabilities=args.probabilities
            )
            measured = measure(path, rows, args.calibrate)
            say_notices(measured.notices)
            show(record(measured, folder, args.name, began), args)
        return EXIT_DONE


def show(path: Path, args: argparse.Namespace) -> None:
    """What the run came to, as the end of `objtui run --headless`, and what to do about it.

    With --json all its JSON lines.
    """
    from objtui.cli.commands.explain import explained
    from objtui.reports.jsonlines import JsonReport
    from objtui.reports.report import write_lines, write_report
    from objtui.reports.style import open_stdout, style_of
    from objtui.reports.text import TextReport
    from objtui.runfile.reader import RunReader
    from objtui.runs.follow import follow

    out = open_stdout()
    report = JsonReport(out) if args.json else TextReport(out, style_of(out, os.environ))
    with RunReader(path) as reader:
        write_report(report, follow(reader))
    if not args.json:
        write_lines(out, "", *explained(path, style_of(out, os.environ)))


def _heads(args: argparse.Namespace) -> list[HeadArrays]:
    """What `--logits` names; UsageError where it is not one array for each thing."""
    from objtui.measuring.given import LOGITS, head_arrays, require_different

    heads = [head_arrays(text) for text in args.logits or [LOGITS]]
    require_different(heads, _target_names(args))
    return heads


def _target_names(args: argparse.Namespace) -> tuple[str, ...]:
    """The array of targets, or those of background and object."""
    names = tuple(name.strip() for name in args.targets.split(","))
    if not all(names) or len(names) > 2:
        raise UsageError(f"--targets {args.targets}: expected NAME, or BACKGROUND,OBJECT")
    return names
