"""`objtui serve RUN…`: the page of a run in a browser, as it goes."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from objtui.cli.arguments import add_run_argument, add_runs_argument, runs_folder

if TYPE_CHECKING:
    from objtui.pages.access import Access
    from objtui.pages.live import LivePage

LOOK_S = 0.5
"""Between two looks at the run files."""

MAX_PORT = 65_535


class ServeCommand:
    """Serves a page that can be read, to browsers of this machine, until it is interrupted."""

    name = "serve"
    help = "show runs live in a browser of this machine, to be read"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """RUN… and the port."""
        parser.epilog = (
            "It prints an address, which holds a token: whoever has it, on this machine, can read "
            "the page, and nobody can do anything to the run by it. From another machine, run "
            "there `ssh -L PORT:127.0.0.1:PORT THIS_MACHINE` with the printed port (or one of "
            "--port), then open the printed address there; where that port is taken there, "
            "--local-port says the other one. ctrl+c ends it; a training goes on."
        )
        add_run_argument(parser, several=True)
        add_runs_argument(parser)
        parser.add_argument(
            "--port",
            type=port,
            default=0,
            metavar="N",
            help="port of 127.0.0.1 (default: a free one)",
        )
        parser.add_argument(
            "--local-port",
            type=port,
            default=0,
            metavar="N",
            help="port of the machine of the browser, where a tunnel has another one there "
            "(default: the same)",
        )

    def run(self, args: argparse.Namespace) -> int:
        """Serve until a signal comes, which raises Interrupted; raises UsageError, RunFileError."""
        from contextlib import ExitStack, closing

        from objtui.cli.signals import EndingSignals
        from objtui.cli.slips import named_run
        from objtui.pages.html import read_in
        from objtui.pages.live import LivePage
        from objtui.pages.server import page_server
        from objtui.runs.comparison import Comparison
        from objtui.runs.source import RunSource

        with EndingSignals(), ExitStack() as stack:
            paths = [named_run(runs_folder(args), name) for name in args.run_names]
            runs = Comparison([stack.enter_context(closing(RunSource(path))) for path in paths])
            read_in(runs)
            live = LivePage(runs)
            access = stack.enter_context(page_server(live, args.port, args.local_port))
            say_address(access, paths)
            keep_looking(live)


def say_address(access: Access, paths: list[Path]) -> None:
    """Say where the page is, and how it is reached from another machine."""
    import getpass
    import socket

    from objtui.text.terminal import say

    try:
        here = f"{getpass.getuser()}@{socket.gethostname()}"
    except (KeyError, OSError):  # a user without a name
        here = socket.gethostname()
    say(access.address)
    there = access.local_port or access.port
    say(f"from another machine, first: ssh -L {there}:127.0.0.1:{access.port} {here}")
    say(f"ctrl+c ends the page of {', '.join(path.stem for path in paths)}; a training goes on")
    sys.stdout.flush()


def keep_looking(live: LivePage) -> NoReturn:
    """Read the runs for their viewers, for ever; where one is gone, show what was read."""
    from objtui.errors import ObjtuiError
    from objtui.text.terminal import say

    readable = True
    while True:
        if readable:
            try:
                live.look()
            except ObjtuiError as error:
                readable = False
                live.end(f"{error.lines()[0]}; what was read before is still shown")
                say(f"{error.lines()[0]}; the page shows what was read before", sys.stderr)
        time.sleep(LOOK_S)


def port(text: str) -> int:
    """A port that a user may take, as an argparse type."""
    if not text.isascii() or not text.isdecimal() or not 1024 <= int(text[:6]) <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"expected a port from 1024 to {MAX_PORT}, got {text!r}")
    return int(text)
