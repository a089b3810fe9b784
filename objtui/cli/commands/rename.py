"""`objtui rename RUN NAME`: gives a recorded run another name."""

from __future__ import annotations

import argparse

from objtui.cli.arguments import add_run_argument, add_runs_argument, runs_folder
from objtui.errors import EXIT_DONE


class RenameCommand:
    """Renames a run that nobody trains, its log included."""

    name = "rename"
    help = "give a run another name"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """RUN, its new name, and where it is."""
        add_run_argument(parser)
        parser.add_argument("new_name", metavar="NAME", help="the new name, as for --name of `run`")
        add_runs_argument(parser)

    def run(self, args: argparse.Namespace) -> int:
        """Rename; raises UsageError where the run is in training or the name taken."""
        from objtui.cli.slips import named_run
        from objtui.runfile.keeping import rename_run
        from objtui.text.terminal import say

        path = named_run(runs_folder(args), args.run_name)
        renamed = rename_run(path, args.new_name)
        say(f"{path.stem} is now {renamed.stem}")
        return EXIT_DONE
