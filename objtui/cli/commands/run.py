"""`objtui run SCENARIO`: trains it in a process of its own and shows how it goes."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from objtui.cli.arguments import (
    add_name_argument,
    add_ray_argument,
    add_runs_argument,
    add_scenario_arguments,
    request_from,
)
from objtui.errors import EXIT_DONE, UsageError

if TYPE_CHECKING:
    from objtui.trainer.request import TrainRequest


class RunCommand:
    """Trains a scenario in a background process and follows it."""

    name = "run"
    help = "train a scenario and show how its scores develop"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """SCENARIO with its options, where the run goes, and how it is shown."""
        add_scenario_arguments(parser)
        add_runs_argument(parser)
        add_name_argument(parser)
        add_ray_argument(parser, "the seeds")
        add_output_arguments(parser)
        add_detach_argument(parser)

    def run(self, args: argparse.Namespace) -> int:
        """Train; raises ObjtuiError."""
        check_output_options(args)
        if shows_dashboard(args) and not args.detach:
            from objtui.cli.dashboard import train_in_dashboard

            return train_in_dashboard(request_from(args), args)
        from objtui.cli.training import json_errors

        with json_errors(args):
            return train(request_from(args), args)


def train(request: TrainRequest, args: argparse.Namespace) -> int:
    """Start a trainer and follow it as text, or leave it alone; the exit code.

    Raises ObjtuiError where it cannot start, or fails.
    """
    from objtui.cli.training import start_detached, train_in_foreground

    if args.detach:
        start_detached(request, args)
        return EXIT_DONE
    return train_in_foreground(request, args)


def add_detach_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--detach`."""
    parser.add_argument(
        "--detach", action="store_true", help="only start it and say how to watch it"
    )


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how a run is shown: the dashboard's options, `--headless`, `--json`, `--live`."""
    parser.add_argument("--headless", action="store_true", help="plain text lines on stdout")
    parser.add_argument("--json", action="store_true", help="JSON lines on stdout")
    parser.add_argument(
        "--live", action="store_true", help="with --json: also the frames between scheduled ones"
    )
    add_screen_arguments(parser)


def add_screen_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how often the dashboard looks, and what it draws with."""
    parser.add_argument(
        "--fps", type=_fps, default=4.0, metavar="N", help="the dashboard's looks a second (4)"
    )
    parser.add_argument(
        "--glyphs",
        choices=["auto", "braille", "block", "ascii"],
        default="auto",
        help="what the dashboard draws with (default: what the locale allows)",
    )


def check_output_options(args: argparse.Namespace) -> None:
    """Raise UsageError where `--live` stands without `--json`."""
    if args.live and not args.json:
        raise UsageError("--live goes with --json")


def _fps(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.2 <= value <= 60:
        raise argparse.ArgumentTypeError(f"expected a number from 0.2 to 60, got {text!r}")
    return value


def shows_dashboard(args: argparse.Namespace) -> bool:
    """Whether there is a terminal for the dashboard, and nothing else was asked for."""
    from objtui.text.terminal import why_no_dashboard

    return not (args.headless or args.json or why_no_dashboard(os.environ))
