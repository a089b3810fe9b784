"""`objtui rm RUN…`: removes recorded runs, after asking."""

from __future__ import annotations

import argparse
import sys

from objtui.cli.arguments import add_run_argument, add_runs_argument, runs_folder
from objtui.errors import EXIT_DONE, UsageError
from objtui.text.numbers import counted, file_size


class RmCommand:
    """Removes run files with their logs and journals; never that of a running training."""

    name = "rm"
    help = "remove runs, with their logs and checkpoints"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """RUN…, where they are, and whether to ask."""
        add_run_argument(parser, several=True)
        add_runs_argument(parser)
        parser.add_argument("-y", "--yes", action="store_true", help="remove without asking")

    def run(self, args: argparse.Namespace) -> int:
        """Remove all of them, or none where one cannot be; raises UsageError, RunFileError.

        A damaged run file that still bears our mark is removed like any other.
        """
        from objtui.cli.slips import named_run
        from objtui.runfile.keeping import files_of, remove_files, state_to_remove
        from objtui.text.terminal import say

        folder = runs_folder(args)
        paths = dict.fromkeys(named_run(folder, name) for name in args.run_names)
        doomed = [files_of(path) for path in paths]
        states = [state_to_remove(files.path) for files in doomed]
        if not args.yes:
            if not sys.stdin.isatty():
                raise UsageError("stdin is no terminal to ask on; --yes removes without asking")
            for files, state in zip(doomed, states, strict=True):
                names = ", ".join(place.name for place in (files.path, *files.companions))
                say(f"{files.path.stem}  {state}  {file_size(files.size)}  {names}")
            total = file_size(sum(files.size for files in doomed))
            if not _is_agreed(f"Remove {counted(len(doomed), 'run')}, {total}, for good? [y/N] "):
                say("nothing was removed")
                return EXIT_DONE
        for files in doomed:
            remove_files(files)
            say(f"removed {files.path.stem}, {file_size(files.size)}")
        return EXIT_DONE


def _is_agreed(question: str) -> bool:
    sys.stdout.write(question)
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
