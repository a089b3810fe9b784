"""Runs whose scores are not those of this version: more, or fewer, alone and compared."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from textual.app import App
from textual.pilot import Pilot

from objtui.cli.main import main
from objtui.export.formats import OF_EVERY_RUN
from objtui.measures.scores import DETECTOR_SCORE_NAMES, SCORE_NAMES
from objtui.runfile.reader import RunReader
from objtui.runfile.writer import RunWriter
from objtui.ui.charts.words import NO_SCORE
from objtui.ui.dashboard.offscreen import dashboard_lines
from tests.runs_for_tests import MakeRun, a_frame, a_summary
from tests.ui.driving import screen_lines, settled, show

OWN = (*SCORE_NAMES, "margin")
FEWER = tuple(name for name in SCORE_NAMES if name not in ("nll", "gap", "loss_floor"))
NONE_OF_OURS = ("margin", "step")
KINDS = {
    "own": OWN,
    "fewer": FEWER,
    "none-of-ours": NONE_OF_OURS,
    "ours": SCORE_NAMES,
    "detector": DETECTOR_SCORE_NAMES,
}

Record = Callable[[str], Path]


@pytest.fixture
def recorded(new_run: MakeRun) -> Record:
    """A function that records a finished run with the scores of a kind."""

    def record(kind: str) -> Path:
        names = KINDS[kind]
        claims = (("The margin grows", "bce.margin > bce.margin@start"), ("Twins", "ce.gap < 1"))
        claims = tuple(claim for claim in claims if "margin" in names or "margin" not in claim[1])
        writer = new_run(kind, score_names=names, claims=claims)
        for step in (0, 10, 100):
            values = np.full((2, 2, len(names)), 0.5)
            if "margin" in names:
                values[..., names.index("margin")] = 7 + step
            writer.append_frame(replace(a_frame(step), scores=values, score_names=names))
        writer.finish("finished", a_summary(), "")
        return writer.path

    return record


def json_lines(capsys: pytest.CaptureFixture[str], *command: str) -> list[dict[str, Any]]:
    assert main([*command]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def csv_rows(capsys: pytest.CaptureFixture[str], *paths: Path) -> list[dict[str, str]]:
    assert main(["export", *map(str, paths), "--format", "csv", "--out", "-"]) == 0
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


@pytest.mark.parametrize("kind", KINDS)
def test_json_and_csv_have_the_scores_of_the_run_by_their_names(
    recorded: Record, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    path = recorded(kind)
    lines = json_lines(capsys, "watch", str(path), "--headless", "--json")
    last = [line for line in lines if line["type"] == "frame"][-1]
    assert tuple(last["heads"]["ce"]["scores"]) == KINDS[kind]
    rows = csv_rows(capsys, path)
    assert len(rows) == 3 * 2 * 2
    assert [row["step"] for row in rows[::4]] == ["0", "10", "100"]
    for name in KINDS[kind]:
        value = 107.0 if name == "margin" else 0.5
        assert last["heads"]["ce"]["scores"][name]["values"] == [value, value]
        assert float(rows[-1][f"score_{name}" if name == "step" else name]) == value


def test_a_table_of_several_runs_has_every_score_and_nan_where_a_run_lacks_it(
    recorded: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = csv_rows(capsys, recorded("fewer"), recorded("own"))
    assert tuple(rows[0])[7:] == OWN
    fewer, own = ([row for row in rows if row["run"] == run] for run in ("fewer", "own"))
    assert {row["margin"] for row in fewer} == {"nan"}
    assert {row["gap"] for row in fewer} == {"nan"}
    assert {row["ap"] for row in fewer} == {"0.5"}
    assert [row["margin"] for row in own[::4]] == ["7.0", "17.0", "107.0"]


@pytest.mark.parametrize("entry", [entry for entry in OF_EVERY_RUN if entry.name != "png"])
def test_they_are_written_out_in_every_format(recorded: Record, tmp_path: Path, entry: Any) -> None:
    paths = [str(recorded(kind)) for kind in (KINDS if entry.several else ["own"])]
    assert main(["export", *paths, "--format", entry.name, "--out", str(tmp_path / "out")]) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_claims_are_judged_and_one_over_a_score_that_is_not_there_fails(
    recorded: Record, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    lines = json_lines(capsys, "watch", str(recorded(kind)), "--headless", "--json")
    verdicts = {line["test"]: line for line in lines if line["type"] == "claim"}
    assert verdicts["ce.gap < 1"]["verdict"] == ("holds" if "gap" in KINDS[kind] else "fails")
    if "gap" not in KINDS[kind]:
        assert verdicts["ce.gap < 1"]["values"] == [None, None]
    if "margin" in KINDS[kind]:
        assert verdicts["bce.margin > bce.margin@start"]["verdict"] == "holds"


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_has_a_column_for_each_score_that_is_there(
    recorded: Record, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    assert main(["watch", str(recorded(kind)), "--headless"]) == 0
    out = capsys.readouterr().out.splitlines()
    table = next(line for line in out if line.startswith("head ")).split()
    assert ("margin" in table) == ("margin" in KINDS[kind])
    assert ("gap" in table) == ("gap" in KINDS[kind])
    assert all(len(line) <= 80 for line in out if line.startswith(("head ", "bce ", "ce ")))


@pytest.mark.parametrize(
    "kinds",
    [
        ["own"],
        ["detector"],
        *(
            pytest.param(kinds, marks=pytest.mark.thorough)
            for kinds in (["fewer"], ["none-of-ours"], list(KINDS))
        ),
    ],
)
def test_the_dashboard_goes_through_every_score_as_curve_and_column(
    recorded: Record, kinds: list[str]
) -> None:
    paths = [recorded(kind) for kind in kinds]
    measured = {name for kind in kinds for name in KINDS[kind]}

    async def look(pilot: Pilot[Any], app: App[Any]) -> None:
        titles, sorts = set(), set()
        for _ in range(len(measured) + 2):
            await pilot.press("m", "S")
            await settled(pilot)
            titles.add(app.dashboard.state.score)
            sorts.add(app.dashboard.state.sort)
            screen = "\n".join(screen_lines(app))
            assert app.dashboard.state.score in screen
            assert NO_SCORE not in screen
        assert titles >= measured - {"loss_floor", "base_rate"}
        assert sorts == measured | {""}

    show(paths, look)


@pytest.mark.parametrize("kinds", [["fewer"], ["none-of-ours"], ["none-of-ours", "ours"]])
def test_every_diagram_is_drawn_without_the_scores_that_it_names(
    recorded: Record, kinds: list[str]
) -> None:
    async def look(pilot: Pilot[Any], app: App[Any]) -> None:
        for key in ("d", "r", "c", "g", "t", "t", "o", "h"):
            await pilot.press(key)
            await settled(pilot)
            assert any(line.startswith("╭") for line in screen_lines(app))

    show([recorded(kind) for kind in kinds], look)


def test_a_curve_that_no_shown_run_has_says_so(recorded: Record) -> None:
    async def look(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("1", "2")  # which are those of the run that has it
        await settled(pilot)
        assert any(NO_SCORE in line for line in screen_lines(app))

    show([recorded("ours"), recorded("fewer")], look)


def test_heads_of_a_run_without_the_score_have_neither_curve_nor_value(recorded: Record) -> None:
    paths = [recorded("fewer"), recorded("ours")]
    lines = [line.plain for line in dashboard_lines(paths, 160, 40)]
    cells = [line.split("││")[-1].split() for line in lines if "││" in line]
    nll = {row[1]: row[2] for row in cells if len(row) > 2 and row[1].endswith((":bce", ":ce"))}
    assert nll == {"fewer:bce": "–", "fewer:ce": "–", "ours:bce": ".5000", "ours:ce": ".5000"}
    assert not any("not finite" in line for line in lines)


def test_a_resumed_run_keeps_the_scores_that_it_began_with(
    new_run: MakeRun,
) -> None:
    writer = new_run("a-run", score_names=FEWER)
    writer.append_frame(a_frame(0))
    writer.set_checkpoint(0, b"state")
    writer.finish("stopped", a_summary(0), "")
    with RunReader(writer.path) as reader:
        seen = reader.status()
    with RunWriter.resume(writer.path, seen, lambda checkpoint: None) as resumed:
        resumed.append_frame(a_frame(10, ap=0.75))
    with RunReader(writer.path) as reader:
        frames = [entry.frame for entry in reader.frames_after()]
    assert [frame.score_names for frame in frames] == [FEWER, FEWER]
    assert (frames[1].score("ap") == 0.75).all()
    assert np.isnan(frames[1].score("nll")).all()
