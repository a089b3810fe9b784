"""Names of runs and finding them again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.errors import RunFileError, UsageError
from objtui.runfile.find import SWEEP_RECORD, find_run, list_runs
from objtui.runfile.names import check_name, reserve, stem_of
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter

NewRun = Callable[..., RunWriter]


def test_runs_of_a_scenario_are_numbered_from_one(tmp_path: Path) -> None:
    assert reserve(tmp_path, "some/nuclei.toml", None) == ("nuclei-1", tmp_path / "nuclei-1.objtui")
    assert reserve(tmp_path, "some/nuclei.toml", None)[0] == "nuclei-2"
    (tmp_path / "nuclei-1.objtui").unlink()
    assert reserve(tmp_path, "some/nuclei.toml", None)[0] == "nuclei-1"


def test_many_that_start_at_once_get_a_name_each(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        names = list(pool.map(lambda _: reserve(tmp_path, "a.toml", None)[0], range(64)))
    assert sorted(names) == sorted(f"a-{number}" for number in range(1, 65))


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    reserve(tmp_path, "a.toml", "mine")
    with pytest.raises(UsageError, match="'mine' exists already"):
        reserve(tmp_path, "a.toml", "mine")


def test_a_name_whose_log_would_overwrite_a_file_is_passed_over_or_refused(
    tmp_path: Path,
) -> None:
    for name in ("nuclei-1", "mine"):
        (tmp_path / f"{name}.objtui.log").write_text("something else")
    assert reserve(tmp_path, "nuclei.toml", None)[0] == "nuclei-2"
    with pytest.raises(UsageError, match=r"would overwrite .*mine\.objtui\.log"):
        reserve(tmp_path, "a.toml", "mine")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="cannot be created"):
        reserve(tmp_path / "none", "a.toml", None)


@pytest.mark.parametrize("name", ["", ".hidden", "-option", "a/b", "a b", "é", "last", "a" * 101])
def test_names_that_could_not_be_used_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a run"):
        check_name(name)


@given(st.text(max_size=200))
def test_any_scenario_gives_names_that_could_be_given(path: str) -> None:
    check_name(f"{stem_of(path)}-{10**8}")


def test_a_run_is_found_by_name_prefix_path_and_as_the_last(
    new_run: NewRun, tmp_path: Path
) -> None:
    new_run("nuclei-1", created_at=100.0)
    new_run("nuclei-12", created_at=300.0)
    new_run("plateau-1", created_at=200.0)
    assert find_run(tmp_path, "nuclei-1").stem == "nuclei-1"
    assert find_run(tmp_path, "plat").stem == "plateau-1"
    assert find_run(tmp_path / "none", str(tmp_path / "plateau-1.objtui")).stem == "plateau-1"
    assert find_run(tmp_path, "last").stem == "nuclei-12"


def test_a_resumed_run_is_the_last_one_started(new_run: NewRun, tmp_path: Path) -> None:
    old = new_run("old", created_at=100.0)
    new_run("new", created_at=200.0)
    old.finish("stopped", RunSummary(1, 1.0, 1.0, 1.0, 1.0), "")
    assert find_run(tmp_path, "last").stem == "new"
    with RunReader(old.path) as reader:
        seen = reader.status()
    with RunWriter.resume(old.path, seen, lambda checkpoint: None):
        assert find_run(tmp_path, "last").stem == "old"


def test_a_prefix_of_several_names_lists_them(new_run: NewRun, tmp_path: Path) -> None:
    new_run("nuclei-1")
    new_run("nuclei-2")
    with pytest.raises(UsageError, match="may be any of nuclei-1, nuclei-2"):
        find_run(tmp_path, "nuc")


def test_an_unknown_run_gets_the_nearest_spelling(new_run: NewRun, tmp_path: Path) -> None:
    new_run("nuclei-1")
    with pytest.raises(UsageError, match=r"no run 'nuclie-1' in .*; did you mean 'nuclei-1'"):
        find_run(tmp_path, "nuclie-1")
    with pytest.raises(UsageError, match=r"x/none\.objtui: no such run file"):
        find_run(tmp_path, "x/none.objtui")


def test_the_name_of_a_sweep_is_no_start_of_a_runs_name(new_run: NewRun, tmp_path: Path) -> None:
    new_run("nuclei-1")
    (tmp_path / "nuclei").mkdir()
    assert find_run(tmp_path, "nuclei").stem == "nuclei-1"
    (tmp_path / "nuclei" / SWEEP_RECORD).touch()
    with pytest.raises(UsageError, match=r"'nuclei' is a sweep in .*its runs are nuclei/CELL"):
        find_run(tmp_path, "nuclei")


def test_the_last_run_of_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no run"):
        find_run(tmp_path, "last")


def test_damaged_files_are_listed_with_the_reason(new_run: NewRun, tmp_path: Path) -> None:
    new_run("older", created_at=100.0)
    new_run("newer", created_at=200.0)
    (tmp_path / "broken.objtui").write_bytes(b"x" * 200)
    (tmp_path / "note.txt").touch()
    listings = list_runs(tmp_path)
    assert [(run.name, run.state) for run in listings] == [
        ("newer", "starting"),
        ("older", "starting"),
        ("broken", "unreadable"),
    ]
    assert listings[2].reason == "not a run file of objtui"
    assert list_runs(tmp_path / "none") == []
