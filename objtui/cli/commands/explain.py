"""`objtui explain RUN`: what a run shows, and what to do about it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

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

        from objtui.reports.jsonlines import encode_line
        from objtui.reports.report import write_lines
        from objtui.reports.style import open_stdout, style_of
        from objtui.runfile.find import find_run

        path = find_run(runs_folder(args), args.run_name)
        out = open_stdout()
        if args.json:
            for line in advice_of(path):
                print(encode_line(line), file=out)
        else:
            write_lines(out, *explained(path, style_of(out, os.environ)))
        return EXIT_DONE


def explained(path: Path, style: Style) -> list[str]:
    """The advice about a run as lines of text."""
    from contextlib import closing

    from objtui.advice.advise import advise, evidence_of
    from objtui.reports.advice import advice_text
    from objtui.runs.source import RunSource

    with closing(RunSource(path)) as source:
        source.read_in()
        evidence = evidence_of(source)
        if evidence is None:
            return [f"{path.stem} has not recorded a frame yet: nothing to explain"]
        status = source.opened_history.status
        return advice_text(evidence, status, advise(evidence), style).split("\n")


def advice_of(path: Path) -> list[dict[str, Any]]:
    """The same as values of JSON, a piece of advice each."""
    from contextlib import closing

    from objtui.advice.advise import advise, evidence_of
    from objtui.reports.advice import advice_line
    from objtui.runs.source import RunSource

    with closing(RunSource(path)) as source:
        source.read_in()
        evidence = evidence_of(source)
        return [] if evidence is None else [advice_line(each) for each in advise(evidence)]
