"""Runs as CSV and Parquet, read back by readers that are not ours."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from objtui.errors import UsageError
from objtui.export.formats import export_format
from objtui.export.write import export_runs
from objtui.measures.histogram import CELLS, LOGIT_EDGES
from objtui.measures.scores import SCORE_NAMES

HEADS = ["bce", "ce"]
CLASSES = ["negative", "positive"]


def export(name: str, paths: list[Path], place: Path) -> Path:
    export_runs(export_format(name), paths, place, force=False)
    return place


def csv_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rebuilt_counts(rows: list[dict[str, Any]], steps: list[int]) -> np.ndarray:
    """(frames, heads, seeds, 2, CELLS) from the rows of `histograms`."""
    counts = np.zeros((len(steps), 2, 2, 2, CELLS), dtype=np.int64)
    for row in rows:
        cell = np.searchsorted(LOGIT_EDGES, float(row["low"]), side="right")
        counts[
            steps.index(int(row["step"])),
            HEADS.index(row["head"]),
            int(row["seed"]),
            CLASSES.index(row["class"]),
            cell,
        ] += int(row["count"])
    return counts


def test_csv_gives_back_every_score_of_every_member_to_the_last_bit(
    any_run: Any, tmp_path: Path
) -> None:
    rows = csv_rows(export("csv", [any_run.path], tmp_path / "out") / "scores.csv")
    assert len(rows) == len(any_run.frames) * 4
    at = 0
    for frame in any_run.frames:
        for head, name in enumerate(HEADS):
            for seed in (0, 1):
                row, at = rows[at], at + 1
                assert (row["run"], row["head"], row["seed"]) == (
                    any_run.path.stem,
                    name,
                    str(seed),
                )
                assert (int(row["step"]), float(row["elapsed_s"])) == (frame.step, frame.elapsed_s)
                assert row["scheduled"] == str(frame.scheduled).lower()
                assert row["diverged"] == str(bool(frame.diverged[head, seed])).lower()
                values = np.array([float(row[score]) for score in SCORE_NAMES])
                np.testing.assert_array_equal(values, frame.scores[head, seed])


@pytest.mark.parametrize("name", ["csv", "parquet"])
def test_counts_are_those_of_the_run_file(any_run: Any, name: str, tmp_path: Path) -> None:
    place = export(name, [any_run.path], tmp_path / "out") / f"histograms.{name}"
    rows: list[dict[str, Any]] = (
        csv_rows(place) if name == "csv" else pq.read_table(place).to_pylist()
    )
    counts = rebuilt_counts(rows, [frame.step for frame in any_run.frames])
    for frame, found in zip(any_run.frames, counts, strict=True):
        np.testing.assert_array_equal(found, frame.counts)


def test_a_row_of_a_histogram_is_a_bin_that_holds_something(
    recorded: Callable[..., Any], tmp_path: Path
) -> None:
    rows = csv_rows(export("csv", [recorded().path], tmp_path / "out") / "histograms.csv")
    edges = [-math.inf, *LOGIT_EDGES.tolist(), math.inf]
    for row in rows:
        assert edges.index(float(row["low"])) + 1 == edges.index(float(row["high"]))
        assert int(row["count"]) > 0


def test_csv_writes_numbers_that_are_not_finite_by_their_names(
    recorded: Callable[..., Any], tmp_path: Path
) -> None:
    rows = csv_rows(export("csv", [recorded("diverged").path], tmp_path / "out") / "scores.csv")
    last = [row for row in rows if (row["head"], row["seed"]) == ("bce", "0")][-1]
    assert (last["loss"], last["z_pos"], last["nll"]) == ("inf", "-inf", "nan")
    assert last["diverged"] == "true"


@pytest.mark.parametrize("table", ["scores", "histograms", "training_loss"])
def test_parquet_holds_what_csv_holds_in_types_of_its_own(
    any_run: Any, table: str, tmp_path: Path
) -> None:
    text = csv_rows(export("csv", [any_run.path], tmp_path / "text") / f"{table}.csv")
    place = export("parquet", [any_run.path], tmp_path / "binary") / f"{table}.parquet"
    read = pq.read_table(place)
    assert read.num_rows == len(text)
    assert not any(column.null_count for column in read.columns)
    kinds = {field.name: str(field.type) for field in read.schema}
    convert = {
        "string": str,
        "int64": int,
        "double": float,
        "bool": {"true": True, "false": False}.get,
    }
    for name, kind in kinds.items():
        wanted = [convert[kind](row[name]) for row in text]
        np.testing.assert_array_equal(read[name].to_pylist(), wanted)
    assert kinds["step" if table != "training_loss" else "last_step"] == "int64"


def test_the_training_loss_of_every_stretch_of_steps_is_there(
    recorded: Callable[..., Any], tmp_path: Path
) -> None:
    run = recorded()
    rows = csv_rows(export("csv", [run.path], tmp_path / "out") / "training_loss.csv")
    assert len(rows) == len(run.traces) * 4
    for row in rows:
        trace = next(t for t in run.traces if t.first_step == int(row["first_step"]))
        member = HEADS.index(row["head"]), int(row["seed"])
        assert int(row["last_step"]) == trace.last_step
        for name in ("minimum", "mean", "maximum"):
            assert float(row[name]) == getattr(trace, name)[member]


def test_several_runs_are_one_table_that_names_them(
    recorded: Callable[..., Any], tmp_path: Path
) -> None:
    runs = [recorded(name="one").path, recorded(name="two").path]
    rows = csv_rows(export("csv", runs, tmp_path / "out") / "scores.csv")
    assert [row["run"] for row in rows] == ["one"] * 16 + ["two"] * 16


def test_runs_of_the_same_name_are_told_apart_by_their_folders(
    recorded: Callable[..., Any], tmp_path: Path
) -> None:
    runs = [recorded(folder="here").path, recorded(folder="there").path]
    rows = csv_rows(export("csv", runs, tmp_path / "out") / "scores.csv")
    assert {row["run"] for row in rows} == {"here/a-run", "there/a-run"}


def test_a_run_that_is_named_twice_is_refused(recorded: Callable[..., Any], tmp_path: Path) -> None:
    path = recorded().path
    with pytest.raises(UsageError, match="a-run is named twice"):
        export("csv", [path, path], tmp_path / "out")
