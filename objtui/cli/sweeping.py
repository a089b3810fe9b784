"""Sweeps on the command line: their start, their end, and going on with them."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from objtui.cli.arguments import (
    command_hint,
    pool_options,
    ray_address,
    runs_folder,
    watch_hint,
)
from objtui.cli.commands.run import shows_dashboard
from objtui.cli.following import say_notices
from objtui.cli.signals import EndingSignals, FollowSignals
from objtui.cli.slips import refuse_run
from objtui.cluster.connect import LOCAL
from objtui.cluster.kept import kept_cluster
from objtui.errors import (
    EXIT_CLAIM_FAILS,
    EXIT_DONE,
    EXIT_TRAINING,
    Interrupted,
    ObjtuiError,
    UsageError,
)
from objtui.files import read_end_of
from objtui.reports.check import checked_lines
from objtui.reports.jsonlines import claim_line, encode_line
from objtui.reports.report import write_lines
from objtui.reports.style import open_stdout, style_of
from objtui.runfile.find import Watches
from objtui.runs.together import TrainingsTogether, threads_each
from objtui.scenario.load import parse_scenario
from objtui.scenario.read import read_text, scenario_path
from objtui.sweep.cells import DONE, CellResult, read_cells, sort_key
from objtui.sweep.claims import judge_cells
from objtui.sweep.driver import Work, drive, work_left
from objtui.sweep.plan import (
    Base,
    Cell,
    changed_base,
    factor_of,
    factors_in,
    joined_factors,
    plan_cells,
    scenario_hash,
)
from objtui.sweep.reaping import reap
from objtui.sweep.record import (
    DRIVER_LOG,
    Driver,
    SweepRecord,
    being_driven,
    find_sweep,
    new_folder,
    read_record,
    sole_driver,
    write_record,
)
from objtui.sweep.report import SweepJson, SweepReport, SweepText
from objtui.sweep.table import export_sweep, write_table_csv
from objtui.text.numbers import counted
from objtui.text.terminal import leave_stdout, printable, say
from objtui.trainer.environment import trainer_environment
from objtui.trainer.launch import StartedRun

WATCH_POLL_S = 0.25
STOP_S = 60.0
"""How long a driver may take to stop its trainers and leave."""


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
        base=str(path.absolute().parent),
        overrides=tuple(args.overrides),
        seeds=args.seeds,
        device=args.device,
    )
    given = [factor_of(text) for text in args.over]
    factors = joined_factors(factors_in(base.text, base.scenario_path), given)
    cells = plan_cells(base, factors, args.random, args.seed or 0)
    sort = _sort(base, cells[0], args.sort)
    folder = new_folder(runs, str(path), args.name)
    record = SweepRecord(folder.name, base, factors, cells, sort, time.time())
    try:
        write_record(folder, record)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return _train(folder, record, args)


def go_on(args: argparse.Namespace, *, failed_only: bool) -> int:
    """Train what is left of a sweep, or only what failed; UsageError where it has changed."""
    ray_address(args)
    folder = find_sweep(runs_folder(args), args.sweep)
    record = read_record(folder)
    if record.driven and record.driver is not None and record.driver.pid != os.getpid():
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
            _launch_driver(folder, args, action)
            return show_sweep(folder, args, lambda: _tell_end(folder, args), owns=True)
    if args.detach:
        _launch_driver(folder, args, action)
        say(folder.name)
        say(f"watch it with: {watch_hint(args, folder.name)}")
        return EXIT_DONE
    return _drive(folder, record, args, failed_only=failed_only)


def stop(args: argparse.Namespace) -> int:
    """Stop the driver of a sweep and what it trains."""
    folder = find_sweep(runs_folder(args), args.sweep)
    record = read_record(folder)
    driver = record.driver
    was_driven = record.driven
    if was_driven and driver is not None:
        os.kill(driver.pid, signal.SIGTERM)
        until = time.monotonic() + STOP_S
        while driver.lives:
            if time.monotonic() > until:
                raise ObjtuiError(f"process {driver.pid} has not ended for {STOP_S:g} s")
            time.sleep(WATCH_POLL_S / 5)
    if not reap(folder) and not was_driven:
        raise UsageError(f"the sweep {record.name} is not being trained")
    results = read_cells(folder, record)
    done = sum(result.state in DONE for result in results)
    say(f"{record.name}: stopped, {done} of {len(results)} cells are done")
    return EXIT_DONE


def watch(folder: Path, args: argparse.Namespace) -> int:
    """Follow a sweep until nobody trains it; 3 where a cell failed, else 0."""
    if shows_dashboard(args):
        from objtui.cli.sweep_dashboard import show_sweep

        read_record(folder)  # which says what is wrong with it
        return show_sweep(folder, args, lambda: _tell_end(folder, args), owns=False)
    report = _report(args)
    told: set[str] = set()
    watches = Watches()
    record = read_record(folder)
    report.begin(record, 0)
    while True:
        driven = record.driven  # asked first: what it had trained by then is read below
        results = read_cells(folder, record, watches)
        for result in results:
            ended = result.state in (*DONE, "failed") or (
                not driven and result.state in ("crashed", "stopped", "unreadable")
            )
            if ended and result.cell.id not in told:
                told.add(result.cell.id)
                report.ended(result)
        if not driven:
            break
        report.goes_on(record.cells[0])
        time.sleep(WATCH_POLL_S)
        record = read_record(folder)
    state = _state(results, stopped=any(result.state not in DONE for result in results))
    report.end(state, results)
    return _exit_code(results)


def _tell_end(folder: Path, args: argparse.Namespace) -> int:
    """Write what a sweep that nobody trains came to; 3 where a cell failed, else 0."""
    record = read_record(folder)
    results = read_cells(folder, record)
    done = sum(result.state in DONE for result in results)
    report = _report(args)
    report.begin(record, done)
    report.end(_state(results, stopped=done < len(results)), results)
    return _exit_code(results)


def check(folder: Path, args: argparse.Namespace) -> int:
    """Judge the claims over the cells that are done; 1 where one does not hold in every cell."""
    record = read_record(folder)
    results = read_cells(folder, record)
    done = [result for result in results if result.state in DONE]
    if not done:
        raise UsageError(f"no cell of the sweep {record.name} is finished yet")
    verdicts = judge_cells(folder, results)
    out = open_stdout()
    style = style_of(out, os.environ)
    if args.json:
        for claim in verdicts:
            for each in claim.cells:
                line = {"cell": each.cell.id, "overrides": each.cell.settings}
                write_lines(out, encode_line({**claim_line(each.verdict), **line}))
    else:
        write_lines(out, f"{printable(record.name)}  {len(done)} of {len(results)} cells are done")
        for claim in verdicts:
            count = f"{claim.holds}/{len(claim.cells)}"
            write_lines(out, f"holds in {count} cells  {printable(claim.text)}")
            for each in claim.cells:
                if each.verdict.verdict != "holds":
                    settings = printable(" ".join(each.cell.overrides))
                    lines = checked_lines(each.verdict, style)
                    write_lines(out, f"  {each.cell.id}  {settings}", *(f"    {x}" for x in lines))
        if not verdicts:
            write_lines(out, "no claims")
    confirmed = all(claim.holds == len(claim.cells) for claim in verdicts)
    return EXIT_DONE if confirmed else EXIT_CLAIM_FAILS


def export(folder: Path, args: argparse.Namespace) -> int:
    """Write a sweep as one table, csv or parquet."""
    kind = args.format or ("parquet" if str(args.out).endswith(".parquet") else "csv")
    if kind not in ("csv", "parquet"):
        raise UsageError(f"a sweep is exported as csv or parquet, one table; not as {kind}")
    record = read_record(folder)
    results = read_cells(folder, record)
    if args.out == "-":
        if kind != "csv":
            raise UsageError("parquet does not go to standard output; name a place with --out")
        write_table_csv(record, results, open_stdout())
        return EXIT_DONE
    place = Path(args.out or f"{record.name}.{kind}")
    export_sweep(record, results, place, parquet=kind == "parquet", force=args.force)
    say(f"wrote {place}")
    return EXIT_DONE


def _sort(base: Base, cell: Cell, text: str | None) -> str:
    scenario = parse_scenario(
        base.text,
        base.scenario_path,
        Path(base.base),
        (*base.overrides, *cell.overrides),
        seeds=base.seeds,
        device=base.device,
    ).scenario
    heads = [head.name for head in scenario.heads]
    return ".".join(sort_key(text or f"{heads[0]}.ap", heads, scenario.model.score_names))


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


class _Told:
    """Tells a report, and keeps in the record why cells could not begin."""

    def __init__(self, folder: Path, record: SweepRecord, report: SweepReport) -> None:
        self.record = record
        self._folder, self._report = folder, report
        self._noticed: set[str] = set()

    def began(self, cell: Cell, run: StartedRun) -> None:
        notices = [each for each in run.notices if each not in self._noticed]
        self._noticed.update(notices)  # most are of the data, which cells share
        say_notices([f"{cell.id}: {notice}" for notice in notices])
        self._report.began(cell, run)

    def goes_on(self, cell: Cell) -> None:
        self._report.goes_on(cell)

    def ended(self, result: CellResult) -> None:
        if result.failed and result.header is None:
            failures = {**self.record.failures, result.cell.id: result.message}
            self.record = replace(self.record, failures=failures)
            write_record(self._folder, self.record)
        self._report.ended(result)


def _drive(
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
    record = replace(record, driver=Driver.this_process())
    write_record(folder, record)
    reap(folder)
    work = work_left(folder, record, failed_only=failed_only)
    tried = {cell.id for cell in work.cells}
    failures = {cell: why for cell, why in record.failures.items() if cell not in tried}
    record = replace(record, failures=failures)
    write_record(folder, record)
    report = _report(args)
    told = _Told(folder, record, report)
    try:
        with FollowSignals() as signals:
            report.begin(record, sum(each.state in DONE for each in read_cells(folder, record)))
            with _pool(work, args) as trainings:
                signals.stop_with(trainings)
                outcome = drive(
                    work.cells,
                    trainings,
                    told,
                    max_failures=args.max_failures,
                    # A cluster of this machine alone ends with us, and trainings with it.
                    leave=lambda: signals.hung_up and args.ray != LOCAL,
                )
            if signals.hung_up:
                leave_stdout()
                return 128 + signal.SIGHUP
            results = read_cells(folder, told.record)
            stopped = signals.received is not None or outcome.gave_up
            report.end(_state(results, stopped=stopped), results)
            if signals.received is not None:
                return 128 + signals.received
    except Interrupted as interruption:
        return interruption.exit_code
    return _exit_code(results)


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
        yield held.enter_context(TrainingsTogether(requests, jobs, threads_each(jobs)))


def _exit_code(results: Sequence[CellResult]) -> int:
    """3 where a cell failed, which is said on stderr; else 0."""
    failed = sum(result.failed for result in results)
    if failed:
        words = f"{failed} of {counted(len(results), 'cell')} failed"
        say(f"objtui: error: {words}; `objtui sweep retry` trains them anew", sys.stderr)
    return EXIT_TRAINING if failed else EXIT_DONE


def _state(results: Sequence[CellResult], *, stopped: bool) -> str:
    if any(result.failed for result in results):
        return "failed"
    return "stopped" if stopped else "finished"


def _report(args: argparse.Namespace) -> SweepReport:
    out = open_stdout()
    return SweepJson(out) if args.json else SweepText(out, style_of(out, os.environ))


def _launch_driver(folder: Path, args: argparse.Namespace, action: str) -> None:
    """Let a process of its own drive a sweep; returns once it does. Raises ObjtuiError."""
    command = [sys.executable, "-P", "-m", "objtui", "sweep", action, folder.name, "--json"]
    command += ["--runs", str(folder.parent)]
    command += pool_options(args)
    if args.max_failures is not None:
        command += ["--max-failures", str(args.max_failures)]
    if args.sort is not None:
        command += ["--sort", args.sort]
    log = folder / DRIVER_LOG
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while not _drives(folder, process.pid) and process.poll() is None:
            time.sleep(WATCH_POLL_S / 5)
    except BaseException:  # an interrupt: nobody would know of it
        process.terminate()
        raise
    if process.returncode:
        words = read_end_of(log, 4096).decode(errors="replace").strip().rpartition("\n")[2]
        raise ObjtuiError(f"the driver ended at once: {words}")


def _drives(folder: Path, pid: int) -> bool:
    driver = read_record(folder).driver
    return driver is not None and driver.pid == pid
