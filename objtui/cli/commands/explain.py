"""`objtui explain RUN`: what a run shows, and what to do about it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from objtui.cli.arguments import add_run_argument, add_runs_argument, runs_folder
from objtui.errors import EXIT_DONE

if TYPE_CHECKING:
    from objtui.reports.style import Style


class ExplainCommand:
    """Says in plain sentences what a run shows; of a running one, as of its last frame."""

    name = "explain"
    help = "say what a run shows and what to do about it"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """RUN, and whether as JSON lines."""
        add_run_argument(parser)
        add_runs_argument(parser)
        parser.add_argument("--json", action="store_true", help="JSON lines on stdout")

    def run(self, args: argparse.Namespace) -> int:
        """Print the advice; raises UsageError or RunFileError where the run cannot be read."""
        import os

        from objtui.advice.advise import advised_run
        from objtui.reports.advice import advice_line
        from objtui.reports.jsonlines import encode_line
        from objtui.reports.report import write_lines
        from objtui.reports.style import open_stdout, style_of
        from objtui.runfile.find import find_run

        path = find_run(runs_folder(args), args.run_name)
        out = open_stdout()
        if args.json:
            for each in advised_run(path).advice:
                print(encode_line(advice_line(each)), file=out)
        else:
            write_lines(out, *explained(path, style_of(out, os.environ)))
        return EXIT_DONE


def explained(path: Path, style: Style) -> list[str]:
    """The advice about a run as lines of text."""
    from objtui.advice.advise import advised_run
    from objtui.reports.advice import advice_text

    run = advised_run(path)
    if run.evidence is None:
        return [f"{path.stem} has not recorded a frame yet: nothing to explain"]
    return advice_text(run.evidence, run.status, run.advice, style).split("\n")
