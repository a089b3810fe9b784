"""`objtui watch RUN [RUN…]`: follows running runs, or shows what has ended, side by side."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from objtui.cli.arguments import add_run_argument, add_runs_argument, runs_folder
from objtui.cli.commands.run import add_output_arguments, check_output_options, shows_dashboard
from objtui.errors import EXIT_DONE, Interrupted

if TYPE_CHECKING:
    from objtui.runs.follow import RunEnd


class WatchCommand:
    """Follows runs from any terminal; never ends their training."""

    name = "watch"
    help = "follow a running run, or show one that has ended; several are compared"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """RUN, where it is and how it is shown."""
        add_run_argument(parser, several=True)
        add_runs_argument(parser)
        add_output_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        """Follow; raises ObjtuiError, TrainingError where a run failed, crashed or diverged."""
        from objtui.cli.signals import EndingSignals, FollowSignals
        from objtui.cli.slips import named_sweep
        from objtui.cli.training import json_errors, say_if_no_terminal
        from objtui.text.terminal import leave_stdout

        check_output_options(args)
        with json_errors(args):
            if len(args.run_names) == 1 and (
                sweep := named_sweep(runs_folder(args), args.run_names[0])
            ):
                from objtui.cli.sweep_reading import watch

                with EndingSignals():
                    return watch(sweep, args)
            if shows_dashboard(args):
                from objtui.cli.dashboard import watch_in_dashboard

                with EndingSignals():
                    return watch_in_dashboard(_paths(args), args)
            say_if_no_terminal(args)
            signals = FollowSignals()
            try:
                with signals:
                    ends = _follow(_paths(args), args, lambda: signals.hung_up)
            except Interrupted as interruption:
                return interruption.exit_code
            except OSError:
                if not signals.hung_up:
                    raise
                ends = []  # the terminal is gone
            if signals.hung_up or not ends:
                leave_stdout()
                return 128 + signal.SIGHUP
            # Late: it brings the advice, and all that it reads.
            from objtui.cli.following import require_success, require_well

            if len(ends) == 1:
                require_success(ends[0])
            require_well([(end.header.run, end.status.state) for end in ends])
        return EXIT_DONE


def _paths(args: argparse.Namespace) -> list[Path]:
    """The run files that are asked for; raises UsageError and RunFileError."""
    from objtui.cli.slips import named_run

    folder = runs_folder(args)
    return [named_run(folder, name) for name in args.run_names]


def _follow(paths: list[Path], args: argparse.Namespace, leave: Callable[[], bool]) -> list[RunEnd]:
    """Follow runs to the end of each: JSON lines as they come, text one run after the other."""
    from objtui.cli.following import make_report
    from objtui.reports.comparing import runs_compared
    from objtui.reports.jsonlines import JsonReport
    from objtui.reports.report import write_lines
    from objtui.reports.several import follow_in_turn, follow_together
    from objtui.reports.style import open_stdout, style_of
    from objtui.runs.differing import RunFacts
    from objtui.runs.recorded import recorded_runs

    with recorded_runs(paths) as runs:
        readers = [run.reader for run in runs]
        if len(runs) > 1 and args.json:
            out = open_stdout()
            reports = [JsonReport(out, live=args.live, run=run.name) for run in runs]
            return follow_together(readers, reports, leave=leave)
        of_runs = [make_report(args) for _ in runs]
        ends = follow_in_turn(readers, of_runs, leave=leave, between=lambda: print(flush=True))
        if len(ends) == len(runs) > 1:
            facts = [RunFacts.of(run.header, run.reader) for run in runs]
            out = open_stdout()
            compared = runs_compared(
                [run.name for run in runs], facts, ends, style_of(out, os.environ)
            )
            write_lines(out, "", *compared)
        return ends
