"""What a command of `objtui` is, and the arguments that several commands share.

Command modules are imported to build any help, so they are light: a command
imports what it works with inside `run`.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from objtui.cli.slips import refuse_run
from objtui.measures.bounds import MAX_COUNT
from objtui.text.commands import shell_quote

if TYPE_CHECKING:
    from objtui.scenario.load import LoadedScenario
    from objtui.trainer.request import TrainRequest


class Command(Protocol):
    """One subcommand: its name, one line of help, its arguments and its work."""

    @property
    def name(self) -> str:
        """The word on the command line."""

    @property
    def help(self) -> str:
        """One line for the list of commands."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Do the work and return the exit code; raises ObjtuiError."""


def add_runs_argument(parser: argparse.ArgumentParser, dest: str = "runs") -> None:
    """Add `--runs DIR`; it is in `args.runs`, for `runs_folder`, unless `dest` says otherwise."""
    parser.add_argument(
        "--runs",
        dest=dest,
        metavar="DIR",
        help="folder of the recorded runs (default: $OBJTUI_RUNS, else ./runs)",
    )


def runs_folder(args: argparse.Namespace) -> Path:
    """The folder of runs that the command line asks for; it need not exist."""
    return Path(getattr(args, "runs", None) or os.environ.get("OBJTUI_RUNS") or "runs")


def watch_hint(args: argparse.Namespace, run: str) -> str:
    """The command that watches a run."""
    return command_hint(args, "watch", run)


def command_hint(args: argparse.Namespace, command: str, run: str) -> str:
    """A command on a run, with the folder that this one was given."""
    folder = f" --runs {shell_quote(args.runs)}" if args.runs else ""
    return f"objtui {command} {run}{folder}"


def add_run_argument(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    """Add RUN; it is in `args.run_name`, or with `several` a list of them in `args.run_names`."""
    parser.add_argument(
        "run_names" if several else "run_name",
        metavar="RUN",
        nargs="+" if several else None,
        help="name of a run, start of one, path of a run file, or `last`",
    )


def add_ray_argument(parser: argparse.ArgumentParser, trained: str) -> None:
    """Add `--ray [ADDRESS]`; it is in `args.ray`, empty without an address, None without it."""
    parser.add_argument(
        "--ray",
        metavar="HOST:PORT",
        nargs="?",
        const="",
        help=f"train {trained} on the Ray cluster whose head is at this address, or without one on "
        "a cluster of this machine alone, which ends with the training; see `objtui help cluster`",
    )


def ray_address(args: argparse.Namespace) -> str | None:
    """The address behind `--ray`; UsageError where it is none, or Ray is not there."""
    address: str | None = getattr(args, "ray", None)
    if address is None:
        return None
    # Late: the trainer of a run without a cluster is started so much sooner.
    from objtui.cluster.connect import LOCAL, check_address, require_head

    check_address(address)
    if address != LOCAL:
        require_head(address)
    return address


def pool_options(args: argparse.Namespace) -> list[str]:
    """The options that say where a sweep's cells train, for another process; empty for none."""
    jobs: int | None = getattr(args, "jobs", None)
    address: str | None = getattr(args, "ray", None)
    options = [] if jobs is None else ["--jobs", str(jobs)]
    if address is not None:
        options += ["--ray", *([address] if address else [])]
    return options


def add_name_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--name NAME`, of a run to come."""
    parser.add_argument(
        "--name", metavar="NAME", help="name of the run (default: the scenario's and a number)"
    )


def add_scenario_arguments(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    """Add SCENARIO, `--set`, `--device` and `--seeds`; read them with `scenario_from`.

    They are in `args.scenario`: a string, or with `several` a list of strings, which may
    also be folders, or none.
    """
    parser.add_argument(
        "scenario",
        metavar="SCENARIO",
        nargs="*" if several else None,
        help="path of a scenario file"
        + (", or of a folder of them," if several else ",")
        + " - for standard input, or name of a bundled one (see `objtui scenarios`)",
    )
    parser.add_argument(
        "--set",
        dest="overrides",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="change one key, such as train.steps=500 or heads.mse.lr_scale=2; an empty value "
        "removes it, as in heads.ce.mirror=; repeatable",
    )
    parser.add_argument(
        "--device", metavar="DEVICE", help="auto, cpu, cuda, cuda:N or mps (train.device)"
    )
    parser.add_argument(
        "--seeds", metavar="N", type=positive_int, help="number of seeds (train.seeds)"
    )


def request_from(args: argparse.Namespace) -> TrainRequest:
    """A request for what the command line says: scenario arguments, `--runs` and `--name`.

    Raises UsageError or ScenarioError where the scenario file cannot be read.
    """
    from objtui.scenario.read import scenario_path
    from objtui.trainer.request import request_for

    refuse_run(args.scenario, runs_folder(args))
    request = request_for(
        scenario_path(args.scenario),
        runs_folder(args),
        overrides=args.overrides,
        seeds=args.seeds,
        device=args.device,
        name=args.name,
    )
    return request.on_cluster(ray_address(args))


def scenario_from(args: argparse.Namespace) -> LoadedScenario:
    """Load the scenario that the command line asks for; raises UsageError or ScenarioError."""
    from objtui.scenario.load import load_scenario

    refuse_run(args.scenario, runs_folder(args))
    return load_scenario(
        args.scenario,
        args.overrides,
        seeds=args.seeds,
        device=args.device,
    )


def positive_int(text: str) -> int:
    """A whole number from 1 on, as an argparse type."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 on, got {text!r:.80}")
    if value > MAX_COUNT:
        raise argparse.ArgumentTypeError(f"expected at most {MAX_COUNT}, got {text!r:.80}")
    return value
