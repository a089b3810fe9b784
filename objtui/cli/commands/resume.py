"""`objtui resume RUN`: goes on with a run that was stopped, or whose trainer is gone."""

from __future__ import annotations

import argparse
import sys

from objtui.cli.arguments import (
    add_ray_argument,
    add_run_argument,
    add_runs_argument,
    positive_int,
    ray_address,
    runs_folder,
)
from objtui.cli.commands.run import (
    add_detach_argument,
    add_output_arguments,
    check_output_options,
    shows_dashboard,
    train,
)


class ResumeCommand:
    """Trains a recorded run on, in the same file, and follows it as `run` does."""

    name = "resume"
    help = "go on with a run that was stopped or has crashed, or past its end"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """RUN, where it is, how far it is to go and how it is shown."""
        add_run_argument(parser)
        parser.add_argument(
            "--steps",
            type=positive_int,
            metavar="N",
            help="go on to step N, past the end that the run was begun with",
        )
        add_runs_argument(parser)
        add_ray_argument(parser, "the seeds")
        add_output_arguments(parser)
        add_detach_argument(parser)

    def run(self, args: argparse.Namespace) -> int:
        """Go on; UsageError where the run is in training or finished, else as `run`."""
        from objtui.cli.slips import named_run
        from objtui.cli.training import json_errors
        from objtui.runfile.processes import host_name
        from objtui.runfile.reader import RunReader
        from objtui.runfile.resumption import require_resumable
        from objtui.text.terminal import say
        from objtui.trainer.request import request_to_resume

        check_output_options(args)
        with json_errors(args):
            path = named_run(runs_folder(args), args.run_name)
            with RunReader(path) as reader:
                header = reader.header()
                # Said here at once; the trainer asks again, when nobody can come between.
                if not reader.is_sure():
                    host = host_name(reader.status().host)
                    say(f"objtui: watching whether a trainer on {host} still works", sys.stderr)
                require_resumable(path, header, reader.sure_status(), args.steps)
                request = request_to_resume(path, header, reader.request(), args.steps)
                request = request.on_cluster(ray_address(args))
            if path.parent.resolve() != runs_folder(args).resolve():
                args.runs = str(path.parent)  # where the hint to watch it leads
            if shows_dashboard(args) and not args.detach:
                from objtui.cli.dashboard import train_in_dashboard

                return train_in_dashboard(request, args)
            return train(request, args)
