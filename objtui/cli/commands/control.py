"""`objtui pause`, `continue` and `stop`: commands to a running trainer, from any terminal."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Literal

from objtui.cli.arguments import add_run_argument, add_runs_argument, runs_folder
from objtui.errors import EXIT_DONE, ObjtuiError, UsageError

if TYPE_CHECKING:
    from objtui.runfile.reader import RunReader
    from objtui.runfile.records import RunStatus

ANSWER_S = 10.0
"""How long a trainer may take to obey."""

POLL_S = 0.05


class ControlCommand:
    """Gives one command to a trainer and waits until it shows."""

    def __init__(self, name: Literal["pause", "continue", "stop"], help_line: str) -> None:
        self.name = name
        self.help = help_line

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """RUN and where it is."""
        add_run_argument(parser)
        add_runs_argument(parser)

    def run(self, args: argparse.Namespace) -> int:
        """Give the command; UsageError where the run has ended already."""
        from objtui.cli.slips import named_run
        from objtui.runfile.commands import send_command
        from objtui.runfile.reader import RunReader
        from objtui.runfile.records import ENDED
        from objtui.text.terminal import say

        path = named_run(runs_folder(args), args.run_name)
        with RunReader(path) as reader:
            run, status = path.stem, reader.status()
            if status.state in ENDED:
                raise UsageError(f"the run {run} has ended already: it is {status.state}")
            if reader.header().recorded and self.name != "stop":
                raise UsageError(
                    f"the run {run} is recorded by a training loop of its own, which cannot be "
                    "paused; `objtui stop` ends it"
                )
            send_command(path, self.name)
            status = self._wait(reader, run)
        say(f"{run}: {status.state} at step {status.step}")
        return EXIT_DONE

    def _wait(self, reader: RunReader, run: str) -> RunStatus:
        """The status in which the command shows."""
        from objtui.runfile.records import ENDED

        deadline = time.monotonic() + ANSWER_S
        while not self._shows(status := reader.status()):
            if status.state in ENDED:
                raise UsageError(f"the run {run} has ended meanwhile: it is {status.state}")
            if time.monotonic() > deadline:
                raise ObjtuiError(
                    f"the trainer of {run} has not answered for {ANSWER_S:g} s; "
                    f"it will {self.name} when it does"
                )
            time.sleep(POLL_S)
        return status

    def _shows(self, status: RunStatus) -> bool:
        if self.name == "pause":
            return status.state == "paused"
        if self.name == "continue":
            return status.state == "running"
        return status.state in ("stopped", "finished")
