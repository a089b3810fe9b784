"""`objtui check SCENARIO…`: trains scenarios and says which of their claims hold."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from objtui.cli.arguments import (
    add_name_argument,
    add_runs_argument,
    add_scenario_arguments,
    runs_folder,
)
from objtui.errors import ObjtuiError, ScenariosError, UsageError

if TYPE_CHECKING:
    from objtui.scenario.load import LoadedScenario


class CheckCommand:
    """Trains scenarios one after the other and judges their claims."""

    name = "check"
    help = "train scenarios and say which of their claims hold"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """SCENARIO… with their options, and where the runs go."""
        add_scenario_arguments(parser, several=True)
        parser.add_argument("--all", action="store_true", help="every bundled scenario")
        add_runs_argument(parser)
        add_name_argument(parser)
        parser.add_argument("--json", action="store_true", help="JSON lines on stdout")

    def run(self, args: argparse.Namespace) -> int:
        """Check; raises UsageError, ScenarioError or ScenariosError before any training."""
        from objtui.cli.checking import check_in_turn
        from objtui.cli.following import json_errors
        from objtui.trainer.request import request_of

        with json_errors(args):
            runs = str(runs_folder(args))
            requests = [request_of(loaded, runs, args.name) for loaded in scenarios_from(args)]
        return check_in_turn(requests, args)


def scenarios_from(args: argparse.Namespace) -> list[LoadedScenario]:
    """Load every scenario that the command line asks for, each once.

    Raises UsageError, or the errors of all that cannot be loaded.
    """
    from objtui.scenario.bundled import bundled_names
    from objtui.scenario.load import load_scenario
    from objtui.scenario.read import scenario_paths

    specs = [*args.scenario, *(bundled_names() if args.all else ())]
    if not specs:
        raise UsageError("name a scenario, a folder of them, or --all")
    loaded: dict[str, LoadedScenario] = {}
    errors: list[ObjtuiError] = []
    for spec in specs:
        try:
            paths = scenario_paths(spec)
        except UsageError as error:
            errors.append(error)
            continue
        for path in map(str, paths):
            if path in loaded:
                continue
            try:
                loaded[path] = load_scenario(
                    path, args.overrides, seeds=args.seeds, device=args.device
                )
            except ObjtuiError as error:
                errors.append(error)
    if errors:
        raise errors[0] if len(errors) == 1 else ScenariosError(errors)
    if args.name is not None and len(loaded) > 1:
        raise UsageError(f"--name is for one run, and these are {len(loaded)}")
    return list(loaded.values())
