"""`objtui new PATH`: a commented scenario, to start from or for data that somebody has."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from objtui.errors import EXIT_DONE, UsageError
from objtui.text.commands import shell_quote


class NewCommand:
    """Writes a scenario to a file that must not exist yet."""

    name = "new"
    help = "write a commented scenario, to start from or with --from for your own data"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """PATH, the data, and what their targets are called."""
        parser.add_argument("path", metavar="PATH", type=Path, help="file to write, as `mine.toml`")
        parser.add_argument(
            "--from",
            dest="data",
            metavar="DATA",
            type=Path,
            help="the data that it is for: a YOLO data.yaml or folder, a COCO .json or a folder "
            "with one, or a .npz, .safetensors, .csv or .parquet file of features or logits",
        )
        parser.add_argument(
            "--targets",
            metavar="NAME",
            help="with --from, of a file of rows: its array or column of targets",
        )

    def run(self, args: argparse.Namespace) -> int:
        """Write the file; raises UsageError where it cannot be written, DataError over the data."""
        from objtui.scenario.new_file import require_free, write_new
        from objtui.text.terminal import say

        path: Path = args.path
        if args.data is None:
            if args.targets is not None:
                raise UsageError("--targets goes with --from")
            from objtui.scenario.starter import starter_text

            write_new(path, starter_text())
            say(f"wrote {path}; train it with: objtui run {shell_quote(str(path))}")
            return EXIT_DONE

        from objtui.cli.own_data import propose
        from objtui.scenario.data_hints import measure_command
        from objtui.scenario.load import parse_scenario
        from objtui.scenario.proposals.summary import summary
        from objtui.scenario.proposals.write import proposal_text

        require_free(path)  # before data are read, which may take long
        proposal = propose(args.data, path.absolute().parent, args.targets)
        text = proposal_text(proposal)
        parse_scenario(text, str(path), path.absolute().parent)
        write_new(path, text)
        for line in summary(proposal):
            say(line)
        for notice in proposal.survey.notices:
            say(f"objtui: {notice}", sys.stderr)
        if proposal.user_data.kind == "logits":
            say(f"to see these scores as they are: {measure_command(proposal.user_data)}")
        say(f"wrote {path}; train it with: objtui run {shell_quote(str(path))}")
        return EXIT_DONE
