"""Training the cells of a sweep through a pool of trainers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from objtui.errors import ObjtuiError, UsageError
from objtui.measures.frames import Frame
from objtui.runfile.find import RunListing, list_runs, list_runs_surely
from objtui.runfile.keeping import files_of, remove_files
from objtui.runfile.names import run_path
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunHeader
from objtui.runs.follow import FRAMES_AT_ONCE, RunEnd
from objtui.runs.together import TrainingEvent
from objtui.sweep.cells import FAILED, SETTLED, CellResult, listed_result, misplacement, result_of
from objtui.sweep.halving import EarlyStop, Halving
from objtui.sweep.plan import Base, Cell, said_of_over
from objtui.sweep.record import SweepRecord
from objtui.trainer.launch import StartedRun
from objtui.trainer.request import TrainRequest, request_to_resume


class Pool(Protocol):
    """What trains cells, so many at a time: processes of this machine, or of a cluster.

    It is made with the requests of the cells in their order. `TrainingsTogether` is one.
    """

    def events(self, leave: Callable[[], bool]) -> Iterator[TrainingEvent]:
        """What the trainings tell, each by the place of its request, to the end of the last.

        Of each in the end a RunEnd, or the error in its place; nothing of one that was stopped
        before it began. `leave` is asked often; when it says so this ends, the trainings do not.
        """

    def terminate(self) -> None:
        """Ask all trainings to stop, with a checkpoint each; none begins any more."""

    def terminate_one(self, place: int) -> None:
        """Ask one training to stop, with a checkpoint, by the place of its request."""

    def kill(self) -> None:
        """End all at once; none begins any more."""


@dataclass(slots=True)
class Outcome:
    """What driving a sweep came to: results by cell, of those that ended meanwhile."""

    results: dict[str, CellResult] = field(default_factory=dict)
    stopped: dict[str, EarlyStop] = field(default_factory=dict)
    """By cell, why it was to be stopped early."""

    gave_up: bool = False
    """Whether it was ended since too many cells had failed."""

    @property
    def failed(self) -> int:
        """Cells that failed."""
        return sum(result.failed for result in self.results.values())


class Listener(Protocol):
    """Is told how a sweep goes."""

    def began(self, cell: Cell, run: StartedRun) -> None:
        """A cell trains from now on."""

    def ended(self, result: CellResult) -> None:
        """A cell has ended, or could not begin."""

    def stops(self, cell: Cell, stop: EarlyStop) -> None:
        """A cell is about to be stopped early."""

    def passes(self, cell: Cell, step: int) -> None:
        """The last rung where a cell was told to go on, in steps; 0 before the first."""

    def goes_on(self, cell: Cell) -> None:
        """A cell has told something else, as it does often."""


def drive(
    cells: Sequence[Cell],
    pool: Pool,
    listener: Listener,
    *,
    halving: Halving | None = None,
    max_failures: int | None = None,
    leave: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Train cells to their ends; after `max_failures` failed ones all others are stopped.

    `cells` are those of the pool's requests, in their order; `halving` says which are stopped
    early.
    """
    outcome = Outcome()
    for event in pool.events(leave):
        cell = cells[event.place]
        match event.event:
            case StartedRun() as run:
                listener.began(cell, run)
                continue
            case RunEnd() as end:
                result = result_of(cell, end, outcome.stopped.get(cell.id))
            case ObjtuiError() as error:
                keys = [text.partition("=")[0] for text in cell.overrides]
                words = " ".join(said_of_over(line, keys) for line in error.lines())
                result = CellResult(cell, "failed", words)
            case RunHeader() as header if halving is not None:
                halving.begins(cell.id, header)
                continue
            case Frame() as frame if halving is not None:
                if stop := halving.judge(cell.id, frame):
                    outcome.stopped[cell.id] = stop
                    listener.stops(cell, stop)
                    pool.terminate_one(event.place)
                listener.passes(cell, halving.passed_step(cell.id))
                listener.goes_on(cell)
                continue
            case _:
                listener.goes_on(cell)
                continue
        outcome.results[cell.id] = result
        listener.ended(result)
        if max_failures is not None and outcome.failed >= max_failures and not outcome.gave_up:
            outcome.gave_up = True
            pool.terminate()
    return outcome


@dataclass(frozen=True, slots=True)
class Work:
    """What is left of a sweep: cells, and what to ask for each."""

    cells: tuple[Cell, ...]
    requests: tuple[TrainRequest, ...]


def require_own_runs(folder: Path, record: SweepRecord) -> None:
    """UsageError where the file of a cell was trained with another cell's settings."""
    runs = {run.name: run for run in list_runs(folder, detailed=True)}
    _require_own_runs(folder, record, runs)


def _require_own_runs(folder: Path, record: SweepRecord, runs: Mapping[str, RunListing]) -> None:
    for cell in record.cells:
        if cell.id in runs and (misplaced := misplacement(cell, runs[cell.id])):
            raise UsageError(f"{folder.name}/{misplaced}")


def work_left(folder: Path, record: SweepRecord, *, failed_only: bool = False) -> Work:
    """The cells that are not done, those that began with their checkpoints.

    Whoever trained them must be gone (`reap`). What a failed run recorded is removed: it begins
    anew. With `failed_only` cells that did not fail are left alone.

    UsageError where a file was trained with another cell's settings: nothing is removed then.
    """
    runs = {run.name: run for run in list_runs_surely(folder, detailed=True)}
    _require_own_runs(folder, record, runs)
    cells, requests = [], []
    for cell in record.cells:
        run = runs.get(cell.id)
        state = listed_result(cell, run, record).state
        if failed_only and state not in FAILED and cell.id not in record.failures:
            continue
        if state in SETTLED:
            continue
        request = new_request(folder, record.base, cell)
        if run is not None and state in ("failed", "unreadable"):
            remove_files(files_of(run.path))
        elif run is not None and run.header is not None:
            with RunReader(run.path) as reader:
                request = request_to_resume(run.path, run.header, reader.request())
        cells.append(cell)
        requests.append(request)
    return Work(tuple(cells), tuple(requests))


def halving_of(folder: Path, record: SweepRecord, work: Work) -> Halving | None:
    """What ends cells of a sweep early, having seen those of which nothing is left to be trained.

    Those that are left tell all of their frames again. None without such a rule; RunFileError.

    Args:
        record: with the early stops of those alone of which nothing is left to be trained.
    """
    if record.stop is None:
        return None
    halving, left = Halving(record.stop, record.passed), {cell.id for cell in work.cells}
    last = record.stop.rungs[-1]

    def was_judged(cell: Cell) -> bool:
        return cell.id in record.stopped or halving.passed_step(cell.id) >= last

    # Those that ended without a driver are judged behind the others, as they came last.
    for cell in sorted(record.cells, key=was_judged, reverse=True):
        path = run_path(folder, cell.id)
        if cell.id in left or not path.exists():
            continue
        stop = record.stopped.get(cell.id)
        with RunReader(path) as reader:
            halving.begins(cell.id, reader.header())
            row = 0
            while stored := reader.frames_after(row, limit=FRAMES_AT_ONCE):
                row = stored[-1].row
                for entry in stored:
                    if stop is None:
                        halving.judge(cell.id, entry.frame)
                    else:
                        halving.remember(cell.id, entry.frame, stop)
    return halving


def new_request(folder: Path, base: Base, cell: Cell) -> TrainRequest:
    """A request to train a cell from its start: that of `run --set …`, into the sweep's folder."""
    return TrainRequest(
        scenario_path=base.scenario_path,
        text=base.text,
        base=base.base,
        runs=str(folder),
        overrides=(*base.overrides, *cell.overrides),
        seeds=base.seeds,
        device=base.device,
        name=cell.id,
    )
