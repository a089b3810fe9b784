"""`objtui runs`: every recorded run, one a line."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Any

from objtui.cli.arguments import add_runs_argument, runs_folder
from objtui.errors import EXIT_DONE

if TYPE_CHECKING:
    from objtui.runfile.find import RunListing


class RunsCommand:
    """Lists the runs of a folder, newest first."""

    name = "runs"
    help = "list the recorded runs"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Which folder, and whether as JSON lines."""
        add_runs_argument(parser)
        parser.add_argument("--json", action="store_true", help="JSON lines on stdout")

    def run(self, args: argparse.Namespace) -> int:
        """Print them; a file that cannot be read is listed with the reason."""
        from objtui.reports.jsonlines import encode_line
        from objtui.reports.style import open_stdout
        from objtui.runfile.find import list_runs_surely
        from objtui.text.terminal import say

        folder, now = runs_folder(args), time.time()
        runs = list_runs_surely(folder)
        out = open_stdout()
        if args.json:
            for run in runs:
                print(encode_line(listing_line(run, now)), file=out)
        elif runs:
            for row in listing_rows(runs, now):
                say(row, out)
        else:
            say(f"objtui: there are no runs in {folder}", sys.stderr)
        return EXIT_DONE


def listing_line(run: RunListing, now: float) -> dict[str, Any]:
    """A run as a JSON line; what a file that cannot be read does not tell is null."""
    header, status = run.header, run.status
    return {
        "run": run.name,
        "state": run.state,
        "scenario": header and header.scenario,
        "device": header and header.device,
        "step": status and status.step,
        "steps": header and header.steps,
        "age_s": header and max(0.0, now - header.created_at),
        "run_file": str(run.path),
        "message": run.reason or (status.message if status else ""),
    }


def listing_rows(runs: list[RunListing], now: float) -> list[str]:
    """Runs as aligned lines: name, state, scenario, device, progress, age."""
    from objtui.scenario.bundled import shown_scenario
    from objtui.text.numbers import age
    from objtui.text.terminal import printable_record

    rows: list[tuple[str, ...]] = []
    for run in runs:
        if run.header is None or run.status is None:
            rows.append(printable_record((run.name, run.state, run.reason)))
            continue
        header, status = run.header, run.status
        rows.append(
            printable_record(
                (
                    run.name,
                    run.state,
                    shown_scenario(header.scenario),
                    header.device,
                    f"{status.step}/{header.steps}",
                    f"begun {age(now - header.created_at)} ago",
                )
            )
        )
    whole = [row for row in rows if len(row) > 3]
    widths = [max((len(row[column]) for row in whole), default=0) for column in range(6)]
    widths[0], widths[1] = (max(len(row[column]) for row in rows) for column in (0, 1))
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=False)).rstrip()
        for row in rows
    ]
