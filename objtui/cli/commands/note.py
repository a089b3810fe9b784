"""`objtui note RUN TEXT`: keeps a line of text with a run."""

from __future__ import annotations

import argparse

from objtui.cli.arguments import add_run_argument, add_runs_argument, runs_folder
from objtui.errors import EXIT_DONE


class NoteCommand:
    """Keeps a line of text in a run's own file, also while it is trained."""

    name = "note"
    help = "keep a line of text with a run"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """RUN, the text, and where the run is."""
        add_run_argument(parser)
        parser.add_argument(
            "text",
            metavar="TEXT",
            nargs="+",
            help='the line, in the place of the one before; "" removes that',
        )
        add_runs_argument(parser)

    def run(self, args: argparse.Namespace) -> int:
        """Keep it; raises UsageError where it is too long, RunFileError."""
        from objtui.cli.slips import named_run
        from objtui.runfile.keeping import set_note
        from objtui.text.terminal import say

        path = named_run(runs_folder(args), args.run_name)
        note = set_note(path, " ".join(args.text))
        say(f"{path.stem}: {note}" if note else f"{path.stem} has no note")
        return EXIT_DONE
