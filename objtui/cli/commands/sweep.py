"""`objtui sweep SCENARIO`: trains a scenario over a grid of settings; goes on with such a sweep."""

from __future__ import annotations

import argparse

from objtui.cli.arguments import (
    add_ray_argument,
    add_runs_argument,
    add_scenario_arguments,
    positive_int,
)
from objtui.cli.commands.run import add_detach_argument, add_screen_arguments
from objtui.errors import UsageError

ACTIONS = ("resume", "stop", "retry")


class SweepCommand:
    """Trains every cell of a grid, so many at a time, each a run of its own."""

    name = "sweep"
    help = "train a scenario over a grid of settings"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """SCENARIO or an action on a sweep, the grid, how many at once, and how it is shown."""
        parser.description = (
            "Trains SCENARIO once for every cell of a grid: every combination of the values of "
            "--over and of a table [sweep] in the scenario. Cells are runs SWEEP/CELL in a folder "
            "SWEEP. `objtui sweep resume SWEEP` trains what is missing, from checkpoints, and what "
            "failed, anew, but not what --stop ended early; `retry` only what failed; `stop` ends "
            "one that is trained elsewhere. If the process that drives a sweep is killed, the "
            "cells in training go on to their ends and no other begins: `watch`, `runs` and "
            "`check` say so, and `resume`, `retry` and `stop` first stop these, with a checkpoint "
            "each. `watch`, `export` and `check` take a sweep "
            "too; in a terminal `watch` opens its dashboard, as `sweep` does."
        )
        add_scenario_arguments(parser)
        parser.add_argument(
            "sweep", metavar="SWEEP", nargs="?", help="the sweep to resume, stop or retry"
        )
        parser.add_argument(
            "--over",
            metavar="KEY=A,B,C",
            action="append",
            default=[],
            help="a key and its values, such as train.lr=1e-3,1e-2; repeatable",
        )
        parser.add_argument(
            "--random",
            metavar="N",
            type=positive_int,
            help="N cells of the grid, drawn at random, in the place of all",
        )
        parser.add_argument(
            "--seed", metavar="S", type=int, help="with --random: which draw it is (0)"
        )
        parser.add_argument(
            "--jobs",
            metavar="N",
            type=positive_int,
            help="cells to train at once (default: 1, on a cluster as many as it has CPUs). "
            "They share out the cores that one alone "
            "takes; scores are the same to the last bit where each has as many threads, as on two "
            "cores, or with OMP_NUM_THREADS set",
        )
        parser.add_argument(
            "--max-failures",
            metavar="N",
            type=positive_int,
            help="stop all once N cells have failed (default: train the others to their ends)",
        )
        parser.add_argument(
            "--sort",
            metavar="HEAD.SCORE",
            help="what the table is ordered by, the best first (default: the score of --stop; "
            "without it ap of the head whose keys all factors are, else of the first head)",
        )
        parser.add_argument(
            "--stop",
            metavar="asha:[HEAD.]SCORE",
            help="end cells early by asynchronous successive halving: at a sixteenth and a quarter "
            "of the steps a cell goes on if its score, as ap or bce.nll, is among the best quarter "
            "of those that have come as far. It ends a head on its plateau, as MSE's, that "
            "would have caught up. Several cells at a time are judged in the order in which they "
            "come there; with --jobs 1 the same cells are ended every time, on a cluster too "
            "(default: every cell is trained to its end)",
        )
        parser.add_argument(
            "--name",
            metavar="NAME",
            help="name of the sweep (default: the scenario's and a number)",
        )
        add_ray_argument(parser, "cells")
        add_runs_argument(parser)
        parser.add_argument("--headless", action="store_true", help="plain text lines on stdout")
        parser.add_argument("--json", action="store_true", help="JSON lines on stdout")
        add_screen_arguments(parser)
        add_detach_argument(parser)

    def run(self, args: argparse.Namespace) -> int:
        """Sweep; raises ObjtuiError before anything is trained where a cell is wrong."""
        from objtui.cli import sweeping
        from objtui.cli.training import json_errors

        with json_errors(args):
            if args.scenario not in ACTIONS:
                if args.sweep is not None:
                    raise UsageError(
                        f"sweep takes one scenario; too much: {args.sweep} "
                        f"(actions on a sweep: {', '.join(ACTIONS)})"
                    )
                return sweeping.start(args)
            if args.sweep is None:
                raise UsageError(
                    f"name the sweep to {args.scenario}: objtui sweep {args.scenario} SWEEP"
                )
            _refuse_plan(args)
            if args.scenario == "stop":
                return sweeping.stop(args)
            return sweeping.go_on(args, failed_only=args.scenario == "retry")


def _refuse_plan(args: argparse.Namespace) -> None:
    """UsageError where an option would change what cells there are."""
    given = {
        "--over": args.over,
        "--random": args.random,
        "--seed": args.seed,
        "--set": args.overrides,
        "--seeds": args.seeds,
        "--device": args.device,
        "--name": args.name,
        "--stop": args.stop,
    }
    wrong = [option for option, value in given.items() if value not in (None, [])]
    if wrong:
        raise UsageError(f"{wrong[0]} goes with a new sweep; the cells of this one are settled")
