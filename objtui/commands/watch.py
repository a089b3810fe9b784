"""`objtui watch RUN`: follows a running run, or shows one that has ended."""

from __future__ import annotations

import argparse
import signal

from objtui.commands.command import add_runs_argument, runs_folder
from objtui.commands.run import add_output_arguments, check_output_options, shows_dashboard
from objtui.errors import EXIT_DONE


class WatchCommand:
    """Follows a run from any terminal; never ends its training."""

    name = "watch"
    help = "follow a running run, or show one that has ended"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """RUN, where it is and how it is shown."""
        add_run_argument(parser)
        add_runs_argument(parser)
        add_output_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        """Follow; raises ObjtuiError, TrainingError where the run failed, crashed or diverged."""
        from objtui.commands.following import (
            json_errors,
            leave_stdout,
            make_report,
            require_success,
            say_if_no_terminal,
        )
        from objtui.commands.signals import FollowSignals, Interrupted
        from objtui.headless.follow import follow
        from objtui.headless.report import write_report
        from objtui.runfile.find import find_run
        from objtui.runfile.reader import RunReader

        check_output_options(args)
        with json_errors(args):
            if shows_dashboard(args):
                from objtui.commands.dashboard import open_dashboard

                path = find_run(runs_folder(args), args.run_name)
                with RunReader(path) as reader:
                    title = reader.header().title
                return open_dashboard(path, args, title=title, owns_training=False)
            say_if_no_terminal(args)
            signals = FollowSignals()
            try:
                with signals, RunReader(find_run(runs_folder(args), args.run_name)) as reader:
                    events = follow(reader, leave=lambda: signals.hung_up)
                    end = write_report(make_report(args), events)
            except Interrupted as interruption:
                return interruption.exit_code
            except OSError:
                if not signals.hung_up:
                    raise
                end = None  # the terminal is gone
            if end is None:
                leave_stdout()
                return 128 + signal.SIGHUP
            require_success(end)
        return EXIT_DONE


def add_run_argument(parser: argparse.ArgumentParser) -> None:
    """Add RUN; it is in `args.run_name`."""
    parser.add_argument(
        "run_name",
        metavar="RUN",
        help="name of a run, start of one, path of a run file, or `last`",
    )
