"""`objtui check SCENARIO…`: trains scenarios and says which of their claims hold."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from objtui.cli.arguments import (
    add_name_argument,
    add_runs_argument,
    add_scenario_arguments,
    positive_int,
    runs_folder,
)
from objtui.cli.slips import named_sweep, refuse_run
from objtui.errors import ObjtuiError, ScenariosError, UsageError

if TYPE_CHECKING:
    from objtui.trainer.request import TrainRequest


class CheckCommand:
    """Trains scenarios, one after the other or several at once, and judges their claims."""

    name = "check"
    help = "train scenarios and say which of their claims hold"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """SCENARIO… with their options, and where the runs go."""
        add_scenario_arguments(parser, several=True)
        parser.add_argument("--all", action="store_true", help="every bundled scenario")
        add_runs_argument(parser)
        add_name_argument(parser)
        parser.add_argument(
            "--jobs",
            metavar="N",
            type=positive_int,
            default=1,
            help="scenarios to train at once (default: 1). They share out the cores that one "
            "alone takes; scores are the same to the last bit where each has as many threads, as "
            "on two cores, or with OMP_NUM_THREADS set",
        )
        parser.add_argument("--json", action="store_true", help="JSON lines on stdout")
        parser.add_argument(
            "--junit",
            metavar="FILE",
            help="also a JUnit XML report for CI systems, in the place of what FILE holds",
        )

    def run(self, args: argparse.Namespace) -> int:
        """Check; raises UsageError, ScenarioError or ScenariosError before any training."""
        from objtui.cli.checking import check_scenarios
        from objtui.cli.training import json_errors
        from objtui.reports.junit import JunitFile

        with json_errors(args):
            if len(args.scenario) == 1 and (
                sweep := named_sweep(runs_folder(args), args.scenario[0])
            ):
                from objtui.cli.sweep_reading import check

                return check(sweep, args)
            requests = requests_from(args)
            junit = None if args.junit is None else JunitFile(Path(args.junit))
        return check_scenarios(requests, args, junit)


def requests_from(args: argparse.Namespace) -> list[TrainRequest]:
    """A request for every scenario that the command line names, each once.

    All are read here too, so that no training begins where one of them is wrong. Raises
    UsageError, or the errors of all that cannot be read.
    """
    from objtui.scenario.bundled import bundled_names
    from objtui.scenario.read import scenario_paths
    from objtui.trainer.request import read_scenario, request_for

    specs = [*args.scenario, *(bundled_names() if args.all else ())]
    if not specs:
        raise UsageError("name a scenario, a folder of them, or --all")
    runs = runs_folder(args)
    requests: dict[Path, TrainRequest] = {}
    tried: set[Path] = set()  # standard input can be read but once
    errors: list[ObjtuiError] = []
    for spec in specs:
        try:
            refuse_run(spec, runs)
            paths = scenario_paths(spec)
        except UsageError as error:
            errors.append(error)
            continue
        for path in paths:
            if path in tried:
                continue
            tried.add(path)
            try:
                request = request_for(
                    path,
                    runs,
                    overrides=args.overrides,
                    seeds=args.seeds,
                    device=args.device,
                    name=args.name,
                )
                read_scenario(request)
                requests[path] = request
            except ObjtuiError as error:
                errors.append(error)
    if errors:
        raise errors[0] if len(errors) == 1 else ScenariosError(errors)
    if args.name is not None and len(requests) > 1:
        raise UsageError(f"--name is for one run, and these are {len(requests)}")
    return list(requests.values())
