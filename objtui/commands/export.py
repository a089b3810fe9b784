"""`objtui export RUN`: the dashboard as a picture."""

from __future__ import annotations

import argparse
from pathlib import Path

from objtui.commands.command import add_runs_argument, positive_int, runs_folder
from objtui.commands.watch import add_run_argument
from objtui.errors import EXIT_DONE, UsageError


class ExportCommand:
    """Writes the dashboard of a run as a picture."""

    name = "export"
    help = "write the dashboard of a run as a picture"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """RUN, the format, the place and the size."""
        add_run_argument(parser)
        add_runs_argument(parser)
        parser.add_argument("--format", choices=["svg"], default="svg", help="default: svg")
        parser.add_argument(
            "--out", type=Path, metavar="PATH", help="the file (default: NAME.svg in this folder)"
        )
        for side, cells in (("width", 120), ("height", 40)):
            parser.add_argument(
                f"--{side}", type=positive_int, default=cells, metavar="N", help=f"cells ({cells})"
            )

    def run(self, args: argparse.Namespace) -> int:
        """Write the picture; UsageError where it cannot be written."""
        from objtui.runfile.find import find_run
        from objtui.runfile.reader import RunReader
        from objtui.ui.picture import dashboard_svg

        path = find_run(runs_folder(args), args.run_name)
        with RunReader(path) as reader:
            header = reader.header()
        out: Path = args.out or Path(f"{header.run}.svg")
        svg = dashboard_svg(path, header.title, args.width, args.height)
        try:
            out.write_text(svg, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{out}: cannot be written: {error.strerror}") from error
        print(f"wrote {out}")
        return EXIT_DONE
