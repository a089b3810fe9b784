"""`objtui run SCENARIO`: trains it in a process of its own and shows how it goes."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from objtui.commands.command import (
    add_runs_argument,
    add_scenario_arguments,
    runs_folder,
    scenario_from,
)
from objtui.errors import EXIT_DONE

if TYPE_CHECKING:
    from objtui.request import TrainerRequest
    from objtui.scenario.load import LoadedScenario


class RunCommand:
    """Trains a scenario in a background process and follows it."""

    name = "run"
    help = "train a scenario and show how its scores develop"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """SCENARIO with its options, where the run goes, and how it is shown."""
        add_scenario_arguments(parser)
        add_runs_argument(parser)
        parser.add_argument(
            "--name", metavar="NAME", help="name of the run (default: the scenario's and a number)"
        )
        add_output_arguments(parser)
        parser.add_argument(
            "--detach", action="store_true", help="only start it and say how to watch it"
        )

    def run(self, args: argparse.Namespace) -> int:
        """Train; raises ObjtuiError."""
        from objtui.commands.following import check_output_options, json_errors, say_if_no_terminal
        from objtui.commands.foreground import start_detached, train_in_foreground

        check_output_options(args)
        with json_errors(args):
            loaded = scenario_from(args)
            request = request_of(loaded, runs_folder(args), args.name)
            if args.detach:
                start_detached(request, args)
                return EXIT_DONE
            if shows_dashboard(args):
                from objtui.commands.dashboard import train_in_dashboard

                return train_in_dashboard(request, loaded.scenario.title, args)
            say_if_no_terminal(args)
            return train_in_foreground(request, args)


def add_output_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how a run is shown: the dashboard's options, `--headless`, `--json`, `--live`."""
    parser.add_argument("--headless", action="store_true", help="plain text lines on stdout")
    parser.add_argument("--json", action="store_true", help="JSON lines on stdout")
    parser.add_argument(
        "--live", action="store_true", help="with --json: also the frames between scheduled ones"
    )
    parser.add_argument(
        "--fps", type=_fps, default=4.0, metavar="N", help="the dashboard's looks a second (4)"
    )
    parser.add_argument(
        "--glyphs",
        choices=["auto", "braille", "block", "ascii"],
        default="auto",
        help="what the dashboard draws with (default: what the locale allows)",
    )


def _fps(text: str) -> float:
    value = float(text)
    if not 0.2 <= value <= 60:
        raise argparse.ArgumentTypeError("must be between 0.2 and 60")
    return value


def shows_dashboard(args: argparse.Namespace) -> bool:
    """Whether there is a terminal for the dashboard, and nothing else was asked for."""
    from objtui.terminal import is_terminal

    text = args.headless or args.json
    return not text and is_terminal(sys.stdout, os.environ) and sys.stdin.isatty()


def request_of(loaded: LoadedScenario, runs: Path, name: str | None) -> TrainerRequest:
    """What a trainer is asked for a scenario."""
    from objtui.request import TrainerRequest

    return TrainerRequest(
        scenario=loaded.scenario.model_dump(mode="json"),
        scenario_path=loaded.path,
        text=loaded.text,
        base=str(loaded.base),
        runs=str(runs),
        name=name,
    )
