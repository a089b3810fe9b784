"""Reading a sweep again and again: its record and the run files of its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from objtui.measures.scores import column_names, joined_names
from objtui.runfile.find import SWEEP_RECORD, Watches
from objtui.sweep.cells import SETTLED, CellResult, read_cells
from objtui.sweep.record import SweepRecord, read_record
from objtui.sweep.standing import in_training, state_of


@dataclass(frozen=True, slots=True, eq=False)
class SweepMoment:
    """A sweep as it stands.

    Attributes:
        results: every cell, in the order of the grid.
        driven: whether a driver is at work.
    """

    record: SweepRecord
    results: Sequence[CellResult]
    driven: bool

    @property
    def state(self) -> str:
        """In a word, as lists have it."""
        return state_of(self.record, self.driven, self.results)

    @property
    def training(self) -> int:
        """Cells with a trainer at work, whether a driver is there or not."""
        return in_training(self.results)

    @property
    def is_over(self) -> bool:
        """Whether nobody trains it."""
        return not self.driven and not self.training

    @property
    def done(self) -> int:
        """Cells of which nothing is left to train."""
        return sum(result.state in SETTLED for result in self.results)

    @property
    def failed(self) -> int:
        """Cells that failed."""
        return sum(result.failed for result in self.results)

    @property
    def heads(self) -> tuple[str, ...]:
        """Names of the heads; none before a cell has begun."""
        return next((result.heads for result in self.results if result.heads), ())

    @property
    def scores(self) -> tuple[str, ...]:
        """Names of the scores of all cells, those first that the dashboard has first."""
        headers = [result.header for result in self.results if result.header is not None]
        return column_names(joined_names({header.score_names: None for header in headers}))

    @property
    def seeds(self) -> int:
        """Seeds of a cell; 0 before one has begun."""
        headers = (result.header for result in self.results if result.header is not None)
        return next((len(header.seeds) for header in headers), 0)

    def cell(self, cell: str) -> CellResult | None:
        """The result of a cell by its id."""
        return next((result for result in self.results if result.cell.id == cell), None)


class SweepReader:
    """Reads a sweep; of what has not changed since the last time only that."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._watches = Watches()
        self._record: SweepRecord | None = None
        self._read_at = 0

    def read(self) -> SweepMoment:
        """The sweep as it stands; raises RunFileError."""
        record = self._read_record()
        # Asked first: what it had trained by then is read below.
        driven = record.is_driven(self._folder)
        return SweepMoment(record, read_cells(self._folder, record, self._watches), driven)

    def _read_record(self) -> SweepRecord:
        try:
            changed_at = (self._folder / SWEEP_RECORD).stat().st_mtime_ns
        except OSError:
            changed_at = 0  # it is gone, which reading it says
        if self._record is None or changed_at != self._read_at:
            self._record, self._read_at = read_record(self._folder), changed_at
        return self._record
