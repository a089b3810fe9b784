"""Driving a sweep: in this process, or in one of its own that outlives us."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

from objtui.cli.arguments import command_hint, pool_options
from objtui.cli.signals import FollowSignals
from objtui.cli.sweep_reading import WATCH_POLL_S, exit_code, report_for, state_of_end
from objtui.cli.training import say_notices
from objtui.cluster.connect import LOCAL
from objtui.cluster.kept import kept_cluster
from objtui.errors import Interrupted, ObjtuiError
from objtui.files import create_regular, read_end_of
from objtui.runs.together import TrainingsTogether, threads_each
from objtui.sweep.cells import SETTLED, CellResult, read_cells
from objtui.sweep.driver import Work, drive, halving_of, require_own_runs, work_left
from objtui.sweep.halving import EarlyStop
from objtui.sweep.plan import Cell
from objtui.sweep.reaping import reap
from objtui.sweep.record import (
    DRIVER_LOG,
    Driver,
    SweepRecord,
    read_record,
    sole_driver,
    write_record,
)
from objtui.sweep.report import SweepReport
from objtui.sweep.standing import left_stopped
from objtui.text.terminal import leave_stdout
from objtui.trainer.environment import trainer_environment, worded_environment
from objtui.trainer.launch import StartedRun

STOP_S = 60.0
"""How long a driver may take to stop its trainers and leave."""

MAX_SHARE = 0.05
"""Of a driver's time, what writing the record takes at most, about."""


def drive_here(
    folder: Path, record: SweepRecord, args: argparse.Namespace, *, failed_only: bool = False
) -> int:
    """Train what is left of a sweep; the exit code. UsageError where another process does."""
    with sole_driver(folder, command_hint(args, "sweep stop", record.name)):
        # What is in the record may be newer than what was read before it was ours alone.
        record = replace(read_record(folder), sort=record.sort)
        return _drive_alone(folder, record, args, failed_only=failed_only)


def _drive_alone(
    folder: Path, record: SweepRecord, args: argparse.Namespace, *, failed_only: bool
) -> int:
    require_own_runs(folder, record)  # before who launched us takes it that the sweep is driven
    record = replace(record, driver=Driver.this_process())
    write_record(folder, record)
    if left := reap(folder):
        say_notices([left_stopped(left)])
    work = work_left(folder, record, failed_only=failed_only)
    tried = {cell.id for cell in work.cells}
    failures = {cell: why for cell, why in record.failures.items() if cell not in tried}
    stopped = {cell: why for cell, why in record.stopped.items() if cell not in tried}
    record = replace(record, failures=failures, stopped=stopped)
    halving = halving_of(folder, record, work)
    if halving is not None:
        stopped = {**stopped, **halving.stopped}
        record = replace(record, stopped=stopped, passed=dict(halving.passed))
    write_record(folder, record)
    report = report_for(args)
    told = RecordKeeper(folder, record, report)
    try:
        with FollowSignals() as signals:
            report.begin(record, sum(each.state in SETTLED for each in read_cells(folder, record)))
            with _pool(work, args) as trainings, told:
                signals.stop_with(trainings)
                outcome = drive(
                    work.cells,
                    trainings,
                    told,
                    halving=halving,
                    max_failures=args.max_failures,
                    # A cluster of this machine alone ends with us, and trainings with it.
                    leave=lambda: signals.hung_up and args.ray != LOCAL,
                )
            if signals.hung_up:
                leave_stdout()
                return 128 + signal.SIGHUP
            results = read_cells(folder, told.record)
            ended = signals.received is not None or outcome.gave_up
            report.end(state_of_end(results, stopped=ended), results)
            if signals.received is not None:
                return 128 + signals.received
    except Interrupted as interruption:
        return interruption.exit_code
    return exit_code(results)


@contextmanager
def _pool(work: Work, args: argparse.Namespace) -> Iterator[TrainingsTogether]:
    """What trains the cells: processes of this machine, whose steps a cluster may take."""
    with ExitStack() as held:
        jobs, requests = args.jobs or 1, work.requests
        if args.ray is not None:
            there = held.enter_context(kept_cluster(args.ray, trainer_environment(1)))
            jobs = args.jobs or there.cpus
            requests = tuple(each.on_cluster(there.address, max_parts=1) for each in requests)
        jobs = max(1, min(jobs, len(work.cells)))
        # A trainer that is the driver of a cluster brings up Ray, which is not made to be forked.
        warm = args.ray is None and len(work.cells) > 1
        yield held.enter_context(TrainingsTogether(requests, jobs, threads_each(jobs), warm=warm))


class RecordKeeper:
    """Tells a report, and keeps in the record why cells could not begin, and where they were
    stopped early or told to go on.

    The record of many cells takes long to write, and many of them may be stopped: what is new is
    written at once as long as that takes a small part of the time, else a little later, and at the
    end of a `with` block. Of a driver that is killed before, the next decides again.
    """

    def __init__(self, folder: Path, record: SweepRecord, report: SweepReport) -> None:
        self.record = record
        self._folder, self._report = folder, report
        self._noticed: set[str] = set()
        self._is_kept = True
        self._next_write = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._next_write = 0.0
        self._keep()

    def began(self, cell: Cell, run: StartedRun) -> None:
        notices = [each for each in run.notices if each not in self._noticed]
        self._noticed.update(notices)  # most are of the data, which cells share
        say_notices([f"{cell.id}: {notice}" for notice in notices])
        self._report.began(cell, run)

    def stops(self, cell: Cell, stop: EarlyStop) -> None:
        stopped = {**self.record.stopped, cell.id: stop}
        self.record = replace(self.record, stopped=stopped)
        self._is_kept = False
        self._keep()

    def passes(self, cell: Cell, step: int) -> None:
        if step > self.record.passed.get(cell.id, 0):
            self.record = replace(self.record, passed={**self.record.passed, cell.id: step})
            self._is_kept = False

    def goes_on(self, cell: Cell) -> None:
        self._keep()
        self._report.goes_on(cell)

    def ended(self, result: CellResult) -> None:
        if result.failed and result.header is None:
            failures = {**self.record.failures, result.cell.id: result.message}
            self.record = replace(self.record, failures=failures)
            self._is_kept = False
        self._keep()
        self._report.ended(result)

    def _keep(self) -> None:
        began = time.monotonic()
        if self._is_kept or began < self._next_write:
            return
        write_record(self._folder, self.record)
        ended = time.monotonic()
        self._is_kept, self._next_write = True, ended + (ended - began) / MAX_SHARE


def launch_driver(folder: Path, args: argparse.Namespace, action: str) -> None:
    """Let a process of its own drive a sweep; returns once it does. Raises ObjtuiError."""
    command = [sys.executable, "-P", "-m", "objtui", "sweep", action, folder.name, "--json"]
    command += ["--runs", str(folder.parent)]
    command += pool_options(args)
    if args.max_failures is not None:
        command += ["--max-failures", str(args.max_failures)]
    if args.sort is not None:
        command += ["--sort", args.sort]
    log = folder / DRIVER_LOG
    with create_regular(log) as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=worded_environment(),
            start_new_session=True,
        )
    try:
        while not _drives(folder, process.pid) and process.poll() is None:
            time.sleep(WATCH_POLL_S / 5)
    except BaseException:  # an interrupt: nobody would know of it
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)  # who hears of the error may remove the folder
        raise
    if process.returncode:
        words = read_end_of(log, 4096).decode(errors="replace").strip().rpartition("\n")[2]
        raise ObjtuiError(f"the driver ended at once: {words}")


def _drives(folder: Path, pid: int) -> bool:
    driver = read_record(folder).driver
    return driver is not None and driver.pid == pid
