"""The claims of a scenario over the cells of its sweep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from objtui.claims.verdict import Verdict
from objtui.runfile.names import run_path
from objtui.runfile.reader import RunReader
from objtui.runs.follow import RunEnd, follow
from objtui.sweep.cells import DONE, CellResult
from objtui.sweep.plan import Cell


@dataclass(frozen=True, slots=True)
class CellVerdict:
    """What a cell says about a claim."""

    cell: Cell
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class SweepVerdict:
    """A claim, and what each cell that is done says about it."""

    text: str
    test: str
    cells: tuple[CellVerdict, ...]

    @property
    def holds(self) -> int:
        """Cells in all of whose seeds it holds."""
        return sum(each.verdict.verdict == "holds" for each in self.cells)


def judge_cells(folder: Path, results: Sequence[CellResult]) -> list[SweepVerdict]:
    """The claims of the cells that are done, in the order of the scenario; raises RunFileError."""
    verdicts: dict[tuple[str, str], list[CellVerdict]] = {}
    for result in results:
        if result.state in DONE:
            for verdict in _end_of(run_path(folder, result.cell.id)).verdicts:
                claim = verdict.text, verdict.test
                verdicts.setdefault(claim, []).append(CellVerdict(result.cell, verdict))
    return [SweepVerdict(*claim, tuple(cells)) for claim, cells in verdicts.items()]


def _end_of(path: Path) -> RunEnd:
    with RunReader(path) as reader:
        *_, end = follow(reader)
    assert isinstance(end, RunEnd)  # of a run that has ended
    return end
