"""A sweep by its record and run files, whoever trains it: watched, judged, exported."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from objtui.cli.arguments import command_hint
from objtui.cli.commands.run import shows_dashboard
from objtui.errors import EXIT_CLAIM_FAILS, EXIT_DONE, EXIT_TRAINING, UsageError
from objtui.export.formats import FORMATS
from objtui.reports.check import checked_lines
from objtui.reports.jsonlines import claim_line, encode_line
from objtui.reports.report import write_lines
from objtui.reports.style import open_stdout, style_of
from objtui.runfile.find import Watches
from objtui.sweep.cells import DONE, SETTLED, CellResult, read_cells
from objtui.sweep.claims import judge_cells
from objtui.sweep.record import SweepRecord, read_record
from objtui.sweep.report import SweepJson, SweepReport, SweepText
from objtui.sweep.standing import (
    DRIVER_GONE,
    driver_gone,
    going_on,
    in_training,
    no_cell_yet,
    state_of,
)
from objtui.sweep.table import export_sweep, write_table_csv
from objtui.text.numbers import counted
from objtui.text.terminal import printable, say

WATCH_POLL_S = 0.25

TABLES, FIGURES, PAGE = ("csv", "parquet"), ("svg", "png", "pdf"), "html"
"""The formats of the export of a sweep."""


def watch(folder: Path, args: argparse.Namespace) -> int:
    """Follow a sweep until nobody trains it; 3 where a cell failed, else 0.

    Cells that a driver which is gone has left are followed to their ends, which is said.
    """
    if shows_dashboard(args):
        from objtui.cli.sweep_dashboard import show_sweep

        read_record(folder)  # which says what is wrong with it
        return show_sweep(folder, args, lambda: tell_end(folder, args), owns=False)
    report = report_for(args)
    told: dict[str, str] = {}
    watches = Watches()
    record = read_record(folder)
    report.begin(record, 0)
    was_gone = False
    while True:
        driven = record.is_driven(folder)  # asked first: what it had trained by then is read below
        results = read_cells(folder, record, watches)
        for result in results:
            ended = result.state in (*SETTLED, "failed") or (
                not driven and result.state in ("crashed", "stopped", "unreadable")
            )
            if ended and told.get(result.cell.id) != result.state:
                told[result.cell.id] = result.state
                report.ended(result)
        gone = state_of(record, driven, results) == DRIVER_GONE
        if gone and not was_gone:
            say_driver_gone(record, results, args)
        was_gone = gone
        record = read_record(folder)
        # Another driver may have begun meanwhile, and have stopped what the first had left.
        if not driven and not in_training(results) and not record.is_driven(folder):
            break
        report.goes_on(record.cells[0])
        time.sleep(WATCH_POLL_S)
    state = state_of_end(results, stopped=any(result.state not in SETTLED for result in results))
    report.end(state, results)
    say_left(record, results, args)
    return exit_code(results)


def tell_end(folder: Path, args: argparse.Namespace) -> int:
    """Write how a sweep that no driver trains stands; 3 where a cell failed, else 0."""
    record = read_record(folder)
    results = read_cells(folder, record)
    done = sum(result.state in SETTLED for result in results)
    report = report_for(args)
    report.begin(record, done)
    report.end(state_of_end(results, stopped=done < len(results)), results)
    if in_training(results):
        say_driver_gone(record, results, args)
    else:
        say_left(record, results, args)
    return exit_code(results)


def say_driver_gone(
    record: SweepRecord, results: Sequence[CellResult], args: argparse.Namespace
) -> None:
    """Say on stderr that cells train without a driver, and what to do."""
    resume, stop = (command_hint(args, f"sweep {each}", record.name) for each in ("resume", "stop"))
    say(f"objtui: {driver_gone(record, in_training(results))}", sys.stderr)
    say(f"objtui: {going_on(resume, stop)}", sys.stderr)


def say_left(record: SweepRecord, results: Sequence[CellResult], args: argparse.Namespace) -> None:
    """Say on stderr how a sweep that nobody trains goes on, where cells are left but none failed:
    of those `exit_code` says it.
    """
    left = sum(result.state not in SETTLED for result in results)
    if left and not any(result.failed for result in results):
        resume = command_hint(args, "sweep resume", record.name)
        say(f"objtui: not done: {counted(left, 'cell')}; `{resume}` goes on", sys.stderr)


def check(folder: Path, args: argparse.Namespace) -> int:
    """Judge the claims over the cells that are done; 1 where one does not hold in every cell."""
    record = read_record(folder)
    results = read_cells(folder, record)
    if state_of(record, record.is_driven(folder), results) == DRIVER_GONE:
        say_driver_gone(record, results, args)
    done = [result for result in results if result.state in DONE]
    if not done:
        raise UsageError(no_cell_yet(record, "is finished"))
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
    """Write a sweep as one table, as a page, or how a score goes over its factors as a chart."""
    ending = Path(args.out or "").suffix.removeprefix(".").lower()
    endings = {*TABLES, *FIGURES, PAGE, *(each.ending[1:] for each in FORMATS if not each.folder)}
    kind = args.format or (ending if ending in endings else TABLES[0])
    if kind not in (*TABLES, *FIGURES, PAGE):
        raise UsageError(
            f"a sweep is exported as one table, {' or '.join(TABLES)}, as a page, {PAGE}, or as a "
            f"chart, {', '.join(FIGURES)}; not as {kind}"
        )
    if ending != kind and ending in endings:
        raise UsageError(f"{args.out} looks like {ending}, and the format is {kind}")
    for option in ("size", "step"):
        if getattr(args, option) is not None:
            raise UsageError(f"--{option} goes with runs; a sweep is shown at the end of its cells")
    for option in ("probability", "log_step", "wall_time"):
        if getattr(args, option):
            name = option.replace("_", "-")
            raise UsageError(f"--{name} goes with runs; a sweep has a score over its factors")
    record = read_record(folder)
    results = read_cells(folder, record)
    if kind in FIGURES:
        return _export_figure(record, results, kind, args)
    for option in ("panel", "theme", "width", "height"):
        if getattr(args, option) is not None:
            raise UsageError(f"--{option} goes with --format {', '.join(FIGURES)}")
    if args.out == "-":
        if kind != "csv":
            raise UsageError(f"{kind} does not go to standard output; name a place with --out")
        write_table_csv(record, results, open_stdout())
        return EXIT_DONE
    place = Path(args.out or f"{record.name}.{kind}")
    if kind == PAGE:
        from objtui.sweep.page import export_page

        state = state_of(record, record.is_driven(folder), results)
        export_page(record, results, state, place, force=args.force)
        say(f"wrote {place}")
        return EXIT_DONE
    export_sweep(record, results, place, parquet=kind == "parquet", force=args.force)
    say(f"wrote {place}")
    return EXIT_DONE


def _export_figure(
    record: SweepRecord, results: Sequence[CellResult], kind: str, args: argparse.Namespace
) -> int:
    from objtui.export.place import written_whole
    from objtui.figures.sweep import drawn_sweep
    from objtui.sweep.figure import sweep_subject

    if args.out == "-":
        raise UsageError(f"{kind} does not go to standard output; name a place with --out")
    subject = sweep_subject(record, results, args.panel, args.theme or "light")
    data = drawn_sweep(kind, subject, args.width, args.height)
    place = Path(args.out or f"{record.name}.{kind}")
    with written_whole(place, folder=False, force=args.force) as part:
        part.write_bytes(data)
    say(f"wrote {place}")
    return EXIT_DONE


def exit_code(results: Sequence[CellResult]) -> int:
    """3 where a cell failed, which is said on stderr; else 0."""
    failed = sum(result.failed for result in results)
    if failed:
        words = f"{failed} of {counted(len(results), 'cell')} failed"
        say(f"objtui: error: {words}; `objtui sweep retry` trains them anew", sys.stderr)
    return EXIT_TRAINING if failed else EXIT_DONE


def state_of_end(results: Sequence[CellResult], *, stopped: bool) -> str:
    if any(result.failed for result in results):
        return "failed"
    return "stopped" if stopped else "finished"


def report_for(args: argparse.Namespace) -> SweepReport:
    out = open_stdout()
    return SweepJson(out) if args.json else SweepText(out, style_of(out, os.environ))
