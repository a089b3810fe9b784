"""A sweep as text and as JSON lines."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from objtui.reports.style import Style
from objtui.sweep.cells import CellResult
from objtui.sweep.halving import StopRule, stop_warning
from objtui.sweep.plan import Base, Cell, Factor
from objtui.sweep.record import SweepRecord
from objtui.sweep.report import SweepJson, SweepText, leaderboard, share_lines
from tests.runs_for_tests import a_frame, a_header

CELLS = tuple(Cell(f"{number}" * 10, (f"train.lr={number}",)) for number in range(3))
RECORD = SweepRecord(
    "s", Base("a.toml", "", "."), (Factor("train.lr", ("0", "1", "2")),), CELLS, "bce.ap", 0.0
)


MEANS = (0.2, 0.5, 0.8)


def result(number: int, ap: list[float]) -> CellResult:
    scores = a_frame(9, ap=[ap, ap]).scores
    return CellResult(CELLS[number], "finished", header=a_header(), scores=scores)


RESULTS = [
    result(0, [0.1, 0.3]),
    CellResult(CELLS[1], "failed", "no CUDA\x1b[2J GPU"),
    result(2, [0.7, 0.9]),
]


def test_the_table_has_the_best_cell_first_and_failed_ones_last() -> None:
    head, *rows = [line.split() for line in leaderboard(RECORD, RESULTS, Style())]
    assert head[:4] == ["cell", "train.lr", "state", "bce.ap"]
    assert [row[1] for row in rows] == ["2", "0", "1"]
    assert rows[0][3:5] == ["0.8000", "±0.1414"]
    assert rows[2][2:4] == ["failed", "–"]


def test_what_does_not_fit_into_a_terminal_is_left_out_of_the_table_and_said() -> None:
    whole = leaderboard(RECORD, RESULTS, Style())
    least = max(map(len, whole))
    assert leaderboard(RECORD, RESULTS, Style(), least) == whole
    *narrow, told = leaderboard(RECORD, RESULTS, Style(), least - 1)
    assert [line.split()[:4] for line in narrow] == [line.split()[:4] for line in whole]
    assert max(map(len, narrow)) < least
    assert told == "no room for ce.nll; `objtui export` writes every score"
    *least_of_all, told = leaderboard(RECORD, RESULTS, Style(), 1)
    assert least_of_all[0].split() == ["cell", "train.lr", "state", "bce.ap"]
    assert told.startswith("no room for bce.nll, ce.nll; ")


def test_a_failed_cell_is_said_with_its_last_words_made_harmless() -> None:
    out = io.StringIO()
    report = SweepText(out, Style(), lambda: 0.0)
    report.begin(RECORD, 0)
    report.ended(RESULTS[1])
    last = out.getvalue().splitlines()[-1]
    assert last.startswith("1/3  1111111111  train.lr=1  failed  no CUDA")
    assert "\x1b" not in last


@pytest.mark.parametrize(("steps", "rungs"), [(2, "at step 1"), (160, "at steps 10 and 40")])
def test_the_rungs_of_early_stops_are_said_in_words(steps: int, rungs: str) -> None:
    out = io.StringIO()
    record = replace(RECORD, stop=StopRule("bce", "ap", steps))
    SweepText(out, Style(), lambda: 0.0).begin(record, 0)
    assert out.getvalue().splitlines()[-1] == f"  stop  asha:bce.ap {rungs}"
    assert record.stop is not None
    assert f" {rungs} " in stop_warning(record.stop)


def test_a_minute_is_never_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    clock: Callable[[], float] = lambda: now  # noqa: E731
    out = io.StringIO()
    report = SweepText(out, Style(), clock)
    report.begin(RECORD, 1)
    before = out.getvalue()
    now = 59.0
    report.goes_on(CELLS[0])
    assert out.getvalue() == before
    now = 60.0
    report.goes_on(CELLS[0])
    assert out.getvalue() == before + "1/3, 0 in training\n"


def test_json_lines_are_strict_and_count_what_failed() -> None:
    out = io.StringIO()
    report = SweepJson(out)
    report.begin(RECORD, 0)
    for each in RESULTS:
        report.ended(each)
    report.end("failed", RESULTS)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert lines[0]["factors"] == {"train.lr": [0, 1, 2]}
    assert lines[1]["scores"]["bce"]["ap"] == {
        "mean": 0.2,
        "sd": pytest.approx(0.1414, abs=1e-4),
        "values": [0.1, 0.3],
    }
    assert lines[2]["scores"] == {}
    assert lines[-1] == {"type": "end", "state": "failed", "finished": 2, "failed": 1}


def test_shares_of_variance_are_said_of_a_whole_grid() -> None:
    whole = [result(number, [mean - 0.05, mean + 0.05]) for number, mean in enumerate(MEANS)]
    assert share_lines(RECORD, whole) == ["variance of bce.ap: train.lr 96.0%, seeds 4.0%"]
    wide = [result(number, [mean - 0.1, mean + 0.1]) for number, mean in enumerate(MEANS)]
    assert share_lines(RECORD, wide) == [  # F(2, 3) = 9, of which 5 % of chances are above 9.55
        "variance of bce.ap: train.lr 85.7% (within seed noise), seeds 14.3%"
    ]
    assert share_lines(RECORD, RESULTS) == []
