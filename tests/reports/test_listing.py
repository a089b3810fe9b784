"""A list of runs: a line each, as much as fits, and all of it as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.errors import UsageError
from objtui.reports.jsonlines import encode_line
from objtui.reports.listing import listing_line, listing_rows, short_score, sorted_runs
from objtui.reports.style import Style
from objtui.runfile.details import read_details
from objtui.runfile.find import RunListing, Watches, list_runs
from objtui.runfile.keeping import set_note
from objtui.runfile.reader import RunReader
from objtui.runfile.records import HeadInfo
from tests.runs_for_tests import a_frame, a_summary

if TYPE_CHECKING:
    from conftest import Trainers

    from objtui.runfile.writer import RunWriter

MakeRun = Callable[..., "RunWriter"]

NOW = 1e9


def finished(new_run: MakeRun, name: str, age: float = 60, **scores: Any) -> Path:
    writer = new_run(name, created_at=NOW - age)
    writer.append_frame(a_frame(0))
    if scores:
        writer.append_frame(a_frame(100, **scores))
    writer.append_frame(a_frame(100, scheduled=False, ap=0.01))
    writer.finish("finished", a_summary(), "")
    return writer.path


def rows(folder: Path, width: int | None = None) -> list[str]:
    return listing_rows(list_runs(folder, detailed=True), NOW, Style(), width)


def test_a_wide_line_has_scores_note_size_and_log_loss(new_run: MakeRun, tmp_path: Path) -> None:
    path = finished(new_run, "a-1", ap=[[0.9, 0.8], [0.5, 0.5]], nll=0.0000123)
    set_note(path, "too short")
    (row,) = rows(tmp_path)
    size = f"{path.stat().st_size / 1000:.3g} kB"
    assert row == (
        "a-1  finished  scenarios/a.toml  cpu  100/100  1 min ago  ap bce .850 ce .500  too short"
        f"  {size}  nll bce 1e-5 ce 1e-5"
    )


@pytest.mark.parametrize("width", [60, 80, 100, 120, 140, 200])
def test_no_line_is_wider_than_the_terminal_and_wider_ones_say_more(
    new_run: MakeRun, tmp_path: Path, width: int
) -> None:
    for number, note in enumerate(("", "a note of many words, " * 6)):
        set_note(finished(new_run, f"a-{number}", ap=0.9), note)
    lines = rows(tmp_path, width)
    assert max(map(len, lines)) <= max(width, 60)
    assert all(("ap .900 .900" in line) == (80 <= width < 140) for line in lines)
    assert all(("ap bce .900" in line) == (width >= 140) for line in lines)
    assert any("a note of" in line for line in lines) == (width >= 100)


def test_columns_stand_under_one_another_and_a_broken_run_says_why(
    new_run: MakeRun, tmp_path: Path
) -> None:
    finished(new_run, "a-1", ap=0.9)
    finished(new_run, "a-with-a-long-name", age=9000, ap=0.9)
    (tmp_path / "torn.objtui").write_bytes(b"SQLite format 3\0 torn")
    first, second, torn = rows(tmp_path)
    assert first.index("finished") == second.index("finished") == torn.index("unreadable")
    assert first.index("ap bce") == second.index("ap bce")


def test_what_the_command_line_changed_is_listed(trainers: Trainers) -> None:
    trainers.start(train={"steps": 30, "lr": 0.5}, seeds=3).process.wait()
    (run,) = list_runs(trainers.runs, detailed=True)
    assert run.details is not None
    assert run.details.overrides == ("train.steps=30", "train.lr=0.5", "train.seeds=3")
    assert "train.steps=30 train.lr=0.5 train.seeds=3" in listing_rows([run], NOW, Style())[0]
    line = listing_line(run, NOW)
    assert line["overrides"] == list(run.details.overrides)


def test_json_has_mean_and_deviation_of_the_main_scores(new_run: MakeRun, tmp_path: Path) -> None:
    path = finished(new_run, "a-1", ap=[[0.9, 0.8], [math.nan, 0.5]])
    (run,) = list_runs(tmp_path, detailed=True)
    line = json.loads(encode_line(listing_line(run, NOW)))
    assert line["size"] == path.stat().st_size
    assert line["note"] == ""
    values = np.array([0.9, 0.8])
    expected = {"mean": pytest.approx(values.mean()), "sd": pytest.approx(values.std(ddof=1))}
    assert line["scores"]["bce"]["ap"] == expected
    assert line["scores"]["ce"]["ap"] == {"mean": None, "sd": None}


def test_runs_are_sorted_by_name_size_or_a_score_those_without_last(
    new_run: MakeRun, tmp_path: Path
) -> None:
    for name, ap in (("b", 0.2), ("a", 0.9), ("c", math.nan)):
        finished(new_run, name, ap=ap, age=ord(name))
    (tmp_path / "0.objtui").write_bytes(b"nothing of ours")
    runs = list_runs(tmp_path, detailed=True)

    def order(key: str) -> str:
        return "".join(run.name for run in sorted_runs(runs, key))

    assert order("age") == "abc0"
    assert order("name") == "0abc"
    assert order("bce.ap") == "abc0"
    assert order("ce.ap") == "abc0"
    assert order("size")[-1] == "0"
    for key in ("", "ap", ".ap", "bce."):
        with pytest.raises(UsageError, match="--sort takes"):
            sorted_runs(runs, key)


def test_a_score_that_no_run_has_is_refused_and_one_that_some_have_sorts(
    new_run: MakeRun, tmp_path: Path
) -> None:
    for name, first, ap in (("a", "mse", 0.9), ("b", "bce", 0.2), ("c", "bce", 0.3)):
        heads = tuple(HeadInfo(each, each, 1, first) for each in (first, "ce"))
        writer = new_run(name, heads=heads)
        writer.append_frame(a_frame(100, ap=ap))
        writer.close()
    runs = list_runs(tmp_path, detailed=True)
    assert [run.name for run in sorted_runs(runs, "bce.ap")] == ["c", "b", "a"]
    for key, said in (
        ("nosuch.ap", "no run has a head 'nosuch'; heads: "),
        ("bec.ap", "no run has a head 'bec'; did you mean 'bce'"),
        ("bce.nlll", "no run has a score 'nlll' of 'bce'; did you mean 'nll'"),
    ):
        with pytest.raises(UsageError, match=said):
            sorted_runs(runs, key)
    assert sorted_runs([], "nosuch.ap") == []


def test_an_ended_run_is_read_once_and_again_where_it_has_changed(
    new_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = finished(new_run, "a-1", ap=0.9)
    watches, reads = Watches(), []
    reading = RunReader.last_scheduled
    monkeypatch.setattr(RunReader, "last_scheduled", lambda it: reads.append(1) or reading(it))
    for _ in range(3):
        list_runs(tmp_path, watches, detailed=True)
    assert len(reads) == 1
    set_note(path, "seen")
    (run,) = list_runs(tmp_path, watches, detailed=True)
    assert run.header is not None
    assert run.header.note == "seen"


def test_a_damaged_last_frame_leaves_the_scores_out(new_run: MakeRun, tmp_path: Path) -> None:
    writer = new_run("a-1")
    writer.append_frame(a_frame(0))
    writer._connection.execute("UPDATE frames SET payload = x'00'")
    writer.finish("finished", a_summary(), "")
    with RunReader(writer.path) as reader:
        assert read_details(reader).scores is None
    (run,) = list_runs(tmp_path, detailed=True)
    assert run.state == "finished"
    assert listing_line(run, NOW)["scores"] is None


@given(st.floats(allow_nan=True) | st.floats(-2e4, 2e4))
def test_a_short_score_is_short_and_near_its_value(value: float) -> None:
    shown = short_score(value, Style())
    assert len(shown) <= 7
    if abs(value) < 1e308:  # in one digit the largest would be rounded to what is no number
        assert float(shown) == pytest.approx(value, rel=0.5, abs=1e-300)


def test_a_list_without_runs_has_no_lines() -> None:
    empty: list[RunListing] = []
    assert listing_rows(empty, NOW, Style(), 80) == []
