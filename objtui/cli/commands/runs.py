"""`objtui runs`: every recorded run, one a line."""

from __future__ import annotations

import argparse
import os
import sys
import time

from objtui.cli.arguments import add_runs_argument, runs_folder
from objtui.errors import EXIT_DONE


class RunsCommand:
    """Lists the runs of a folder, newest first."""

    name = "runs"
    help = "list the recorded runs, with what they changed and came to"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which folder, in which order, and whether as JSON lines."""
        add_runs_argument(parser)
        parser.add_argument(
            "--sort",
            metavar="KEY",
            default="age",
            help="age, name, size or HEAD.SCORE, such as bce.ap: the largest first (default: age)",
        )
        parser.add_argument("--json", action="store_true", help="JSON lines on stdout")

    def run(self, args: argparse.Namespace) -> int:
        """Print them; a file that cannot be read is listed with the reason."""
        from objtui.reports.jsonlines import encode_line
        from objtui.reports.listing import listing_line, listing_rows, sorted_runs
        from objtui.reports.style import open_stdout, style_of
        from objtui.runfile.find import list_runs_surely
        from objtui.sweep.listing import list_sweeps, sweep_json, sweep_rows
        from objtui.text.terminal import say, terminal_size

        folder, now = runs_folder(args), time.time()
        runs = sorted_runs(list_runs_surely(folder, detailed=True), args.sort)
        sweeps = list_sweeps(folder)
        out = open_stdout()
        if args.json:
            for run in runs:
                print(encode_line(listing_line(run, now)), file=out)
            for sweep in sweeps:
                print(encode_line(sweep_json(sweep, now)), file=out)
        elif runs or sweeps:
            width = terminal_size().columns if out.isatty() else None
            for row in listing_rows(runs, now, style_of(out, os.environ), width):
                say(row, out)
            for row in sweep_rows(sweeps, now):
                say(row, out)
        else:
            say(f"objtui: there are no runs in {folder}", sys.stderr)
        return EXIT_DONE
