"""`objtui new PATH`: a commented starter scenario."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from objtui.errors import EXIT_DONE


class NewCommand:
    """Writes the starter scenario to a file that must not exist yet."""

    name = "new"
    help = "write a commented starter scenario"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """PATH."""
        parser.add_argument("path", metavar="PATH", type=Path, help="file to write, as `mine.toml`")

    def run(self, args: argparse.Namespace) -> int:
        """Write the file; raises UsageError where it cannot be written."""
        from objtui.scenario.bundled import write_starter
        from objtui.text.terminal import say

        write_starter(args.path)
        say(f"wrote {args.path}; train it with: objtui run {shlex.quote(str(args.path))}")
        return EXIT_DONE
