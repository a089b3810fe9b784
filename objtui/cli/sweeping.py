"""`objtui sweep`: a new sweep, going on with one, and its end."""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from objtui.cli.arguments import command_hint, ray_address, runs_folder, watch_hint
from objtui.cli.commands.run import shows_dashboard
from objtui.cli.signals import EndingSignals
from objtui.cli.slips import refuse_run
from objtui.cli.sweep_driver import STOP_S, drive_here, launch_driver
from objtui.cli.sweep_reading import WATCH_POLL_S, tell_end
from objtui.cli.training import say_notices
from objtui.errors import EXIT_DONE, ObjtuiError, RunFileError, UsageError
from objtui.runfile.tables import SUFFIX
from objtui.scenario.read import base_of, read_text, scenario_path
from objtui.sweep.cells import SETTLED, default_sort, read_cells, sort_key
from objtui.sweep.halving import StopRule, stop_rule, stop_warning
from objtui.sweep.plan import (
    Base,
    Cell,
    Factor,
    changed_base,
    factor_of,
    factors_in,
    joined_factors,
    plan_cells,
    scenario_hash,
    scenario_of,
)
from objtui.sweep.reaping import reap
from objtui.sweep.record import (
    Driver,
    SweepRecord,
    being_driven,
    find_sweep,
    new_folder,
    read_record,
    write_record,
)
from objtui.text.terminal import say


def start(args: argparse.Namespace) -> int:
    """Plan a sweep and train it; raises ObjtuiError, nothing left, where a cell is wrong."""
    if args.seed is not None and args.random is None:
        raise UsageError("--seed goes with --random N")
    ray_address(args)
    runs = runs_folder(args)
    refuse_run(args.scenario, runs)
    path = scenario_path(args.scenario)
    base = Base(
        scenario_path=str(path),
        text=read_text(path, str(path)),
        base=str(base_of(path)),
        overrides=tuple(args.overrides),
        seeds=args.seeds,
        device=args.device,
    )
    given = [factor_of(text) for text in args.over]
    factors = joined_factors(factors_in(base.text, base.scenario_path), given)
    cells = plan_cells(base, factors, args.random, args.seed or 0)
    stop = None if args.stop is None else _stop_rule(base, cells, args.stop)
    sort = _sort(base, cells[0], args.sort, factors, stop)
    folder = new_folder(runs, str(path), args.name)
    record = SweepRecord(folder.name, base, factors, cells, sort, time.time(), stop=stop)
    try:
        write_record(folder, record)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if stop is not None:
        say_notices([stop_warning(stop)])
    try:
        return _train(folder, record, args)
    except ObjtuiError:  # as where a cluster lets nobody in: no cell has begun
        if not any(folder.glob(f"*{SUFFIX}")) and not _is_driven_elsewhere(folder):
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _is_driven_elsewhere(folder: Path) -> bool:
    """Whether another process is at work on a sweep, or may be: its record cannot be read."""
    try:
        record = read_record(folder)
    except RunFileError:
        return True
    return record.driver != Driver.this_process() and record.is_driven(folder)


def go_on(args: argparse.Namespace, *, failed_only: bool) -> int:
    """Train what is left of a sweep, or only what failed; UsageError where it has changed."""
    ray_address(args)
    folder = find_sweep(runs_folder(args), args.sweep)
    record = read_record(folder)
    if record.is_driven(folder):
        raise UsageError(being_driven(record, command_hint(args, "sweep stop", record.name)))
    _require_unchanged(record)
    if args.sort is not None:
        record = replace(record, sort=_sort(record.base, record.cells[0], args.sort))
    return _train(folder, record, args, failed_only=failed_only)


def _train(
    folder: Path, record: SweepRecord, args: argparse.Namespace, *, failed_only: bool = False
) -> int:
    """Train what is left in a process of its own or in this one, as it is asked for."""
    action = "retry" if failed_only else "resume"
    if shows_dashboard(args) and not args.detach:
        from objtui.cli.sweep_dashboard import show_sweep

        with EndingSignals():
            launch_driver(folder, args, action)
            return show_sweep(folder, args, lambda: tell_end(folder, args), owns=True)
    if args.detach:
        launch_driver(folder, args, action)
        say(folder.name)
        say(f"watch it with: {watch_hint(args, folder.name)}")
        return EXIT_DONE
    return drive_here(folder, record, args, failed_only=failed_only)


def stop(args: argparse.Namespace) -> int:
    """Stop the driver of a sweep and what it trains."""
    folder = find_sweep(runs_folder(args), args.sweep)
    record = read_record(folder)
    driver = record.driver
    was_driven = driver is not None and driver.terminate(folder)
    if was_driven and driver is not None:
        until = time.monotonic() + STOP_S
        while driver.lives:
            if time.monotonic() > until:
                raise ObjtuiError(f"process {driver.pid} has not ended for {STOP_S:g} s")
            time.sleep(WATCH_POLL_S / 5)
    if not reap(folder) and not was_driven:
        raise UsageError(f"the sweep {record.name} is not being trained")
    results = read_cells(folder, record)
    done = sum(result.state in SETTLED for result in results)
    say(f"{record.name}: stopped, {done} of {len(results)} cells are done")
    return EXIT_DONE


def _sort(
    base: Base,
    cell: Cell,
    text: str | None,
    factors: Sequence[Factor] = (),
    stop: StopRule | None = None,
) -> str:
    scenario = scenario_of(base, cell.overrides)
    heads = [head.name for head in scenario.heads]
    text = text or default_sort(heads, factors, stop)
    return ".".join(sort_key(text, heads, scenario.model.score_names))


def _stop_rule(base: Base, cells: Sequence[Cell], text: str) -> StopRule:
    """The rule of `--stop`; UsageError where it is none, or not of every cell."""
    first = scenario_of(base, cells[0].overrides)
    heads = [head.name for head in first.heads]
    of_steps = {
        tuple(each for each in cell.overrides if each.startswith("train")): cell for cell in cells
    }
    steps = max(scenario_of(base, cell.overrides).train.steps for cell in of_steps.values())
    return stop_rule(text, heads, first.model.score_names, steps)


def _require_unchanged(record: SweepRecord) -> None:
    """UsageError where the scenario file says something else by now."""
    path = Path(record.base.base) / Path(record.base.scenario_path).name
    try:
        text = read_text(path, str(path))
    except ObjtuiError:  # the record has all that is needed
        return
    if text == record.base.text:
        return
    base = changed_base(record.base, text)
    try:
        alike = all(scenario_hash(base, cell.overrides) == cell.id for cell in record.cells)
    except ObjtuiError:
        alike = False
    if not alike:
        raise UsageError(
            f"{path} has changed since the sweep {record.name} began; put back what it was, or "
            "start a new sweep"
        )
