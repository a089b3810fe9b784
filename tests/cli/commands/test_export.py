"""`objtui export` from the command line."""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from objtui.cli.main import main
from objtui.export.formats import FORMATS, OF_EVERY_RUN
from objtui.measures.frames import Frame
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter
from tests.picture_runs import record_pictures

FILES = [entry.name for entry in OF_EVERY_RUN if not entry.of_a_step]
CELLS = ("--size", "120x40")
"""Draws what a terminal of that size shows."""
OBJTUI = (sys.executable, "-c", "from objtui.cli.main import main; raise SystemExit(main())")
ENDINGS = {
    "csv": "a-run-csv",
    "jsonl": "a-run.jsonl",
    "parquet": "a-run-parquet",
    "tensorboard": "a-run-tensorboard",
    "svg": "a-run.svg",
    "png": "a-run.png",
    "pdf": "a-run.pdf",
    "html": "a-run.html",
    "run": "a-run-copy.objtui",
}


@pytest.fixture
def path(
    new_run: Callable[..., RunWriter],
    frame: Callable[..., Frame],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """A finished run in `runs`; the test runs in a folder of its own beside it."""
    (tmp_path / "runs").mkdir()
    writer = new_run(folder=tmp_path / "runs")
    for step in range(3):
        writer.append_frame(frame(step))
    writer.finish("finished", RunSummary(2, 1.0, 0.5, 0.4, 0.1), "")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("OBJTUI_RUNS", str(tmp_path / "runs"))
    return writer.path


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What `objtui export` says where it refuses, in one line."""
    assert main(["export", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("objtui: error: ")
    return err


def letters(picture: str) -> str:
    """What an SVG shows, without the blanks, which are no letters of it."""
    text = "".join(ElementTree.parse(picture).getroot().itertext())
    return "".join(text.replace("\xa0", " ").split())


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """The system refuses larger files, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("name", [entry.name for entry in OF_EVERY_RUN])
def test_every_format_has_a_name_of_its_own_in_this_folder(
    name: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "last", "--format", name]) == 0
    assert capsys.readouterr().out == f"wrote {ENDINGS[name]}\n"
    assert [entry.name for entry in Path().iterdir()] == [ENDINGS[name]]
    assert "there already" in refused(capsys, "last", "--format", name)
    assert main(["export", "last", "--format", name, "--force"]) == 0


def test_a_folder_takes_a_file_under_its_own_name(path: Path) -> None:
    Path("folder").mkdir()
    assert main(["export", "a-run", "--format", "jsonl", "-o", "folder"]) == 0
    assert [entry.name for entry in Path("folder").iterdir()] == ["a-run.jsonl"]


def test_text_goes_to_standard_output(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "a-run", "--format", "csv", "--out", "-"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["step"] for row in rows[::4]] == ["0", "1", "2"]
    assert main(["export", "a-run", "--format", "jsonl", "--out", "-"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["type"] for line in lines] == ["run", *["frame"] * 3, "claim", "end"]
    assert "standard output" in refused(capsys, "a-run", "--format", "parquet", "--out", "-")
    assert list(Path().iterdir()) == []


def test_the_run_itself_is_never_replaced(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = path.read_bytes()
    for name in ("run", "jsonl", "svg"):
        said = refused(capsys, "a-run", "--format", name, "-o", str(path), "--force")
        assert "is the run itself" in said
    assert path.read_bytes() == before


def test_a_copy_of_the_run_file_is_of_one_run(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "one run at a time" in refused(capsys, "a-run", "last", "--format", "run")


def test_several_runs_are_one_picture_that_names_their_heads(
    path: Path, new_run: Callable[..., RunWriter], frame: Callable[..., Frame]
) -> None:
    new_run("b-run", path.parent).append_frame(frame(7))
    assert main(["export", "a-run", "b-run", "--format", "svg", "--size", "200x60"]) == 0
    assert main(["export", "a-run", "b-run", "--format", "png", "--panel", "b-run:ce", *CELLS]) == 0
    names = ("a-run-and-1-more.png", "a-run-and-1-more.svg")
    assert sorted(os.listdir()) == [*names]
    shown = letters(names[1])
    for words in ("2runs:a-run,b-run", "a-run:bce", "b-run:ce", "objtuiwatcha-runb-run"):
        assert words in shown


@pytest.mark.parametrize(
    ("panel", "words"),
    [
        ("pictures", "●bce──1/2──first.png"),
        ("pictures:mse", "■mse──1/2──first.png"),
        ("pictures:2", "●bce──2/2──second.png"),
        ("pictures:mse:2", "■mse──2/2──second.png"),
    ],
)
def test_each_sample_picture_is_a_panel(
    panel: str, words: str, new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    path = record_pictures(new_run, tmp_path).path
    place = str(tmp_path / "picture.svg")
    assert main(["export", str(path), "--panel", panel, "-o", place, *CELLS]) == 0
    assert words in letters(place)


def test_a_run_named_twice_has_no_picture(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "a-run is named twice" in refused(capsys, "a-run", "last", "--format", "svg")
    said = refused(capsys, "a-run", "last", "--format", "svg", "--panel", "curves", *CELLS)
    assert "a-run is named twice" in said
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("panel", [(), ("--panel", "scores", *CELLS)], ids=["whole", "panel"])
def test_a_picture_of_a_step_shows_the_last_frame_up_to_it_and_is_named_by_it(
    panel: tuple[str, ...], path: Path, new_run: Callable[..., RunWriter], frame: Any
) -> None:
    writer = new_run("long", path.parent)
    for step in (0, 10, 40):
        writer.append_frame(frame(step))
    for asked, shown in ((0, 0), (39, 10), (40, 40), (1000, 40)):
        assert main(["export", "long", "--format", "svg", "--step", str(asked), *panel]) == 0
        text = letters(f"long-step-{asked}.svg")
        assert f"scoresatstep{shown}─" in text
        assert bool(panel) or f"atstep{shown}of100" in text


@pytest.mark.parametrize("name", FILES)
def test_what_holds_every_step_takes_none(
    name: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(capsys, "a-run", "--format", name, "--step", "1")
    assert f"{name} holds every step; --step goes with --format svg, png and pdf" in said
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(("name", "size"), [*((name, 600) for name in FILES), ("run", 20_000)])
def test_a_full_disk_is_said_and_leaves_nothing(
    name: str, size: int, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with files_of_at_most(size):
        said = refused(capsys, "a-run", "--format", name)
    assert f"{ENDINGS[name]}: cannot be written: " in said
    assert list(Path().iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that none may write")
@pytest.mark.parametrize("name", FILES)
def test_a_folder_that_cannot_be_written_is_named(
    name: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refused(capsys, "a-run", "--format", name, "-o", "/proc/out")
    assert "/proc/out: cannot be written: " in said


@pytest.mark.parametrize(("name", "package"), [("parquet", "pyarrow"), ("tensorboard",) * 2])
def test_a_package_that_is_missing_is_named_with_how_to_install_it(
    name: str,
    package: str,
    path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    assert f"pip install {package}" in refused(capsys, "a-run", "--format", name)
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "cvs"), "invalid choice"),
        (("--size", "big"), "columns and rows such as 120x40"),
        (("--size", "10x10"), "the dashboard needs 60x16"),
        (("--panel", "mse", *CELLS), "panels: bce, ce, ridges, curves, scores, claims"),
        (("--panel", "mse"), "panels: bce, ce, histograms, overlay, difference, curves"),
        (("--format", "pdf", *CELLS), "--size goes with --format svg and png"),
        (("--theme", "print", *CELLS), "--theme of a chart; choose one"),
        (("--width", "0"), "expected inches from 1 to 40, got '0'"),
        (("--theme", "print", "--format", "csv"), "goes with --format svg, png and pdf"),
        (("--panel", "bce", "--size", "10x4"), "a panel needs 30x8"),
        (("--panel", "bce", "--format", "csv"), "goes with --format svg, png and pdf"),
        (("--step", "-1"), "expected a step such as 1000, got '-1'"),
        (("--step", "1e3"), "expected a step such as 1000, got '1e3'"),
        (("--out", "none/here.svg"), "none is no folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_options_are_told_in_one_line(
    arguments: tuple[str, ...], said: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in refused(capsys, "a-run", *arguments)


@pytest.mark.parametrize("name", [entry.name for entry in FORMATS])
def test_a_damaged_run_leaves_nothing(
    name: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert "damaged" in refused(capsys, "a-run", "--format", name)
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", ["csv", "jsonl", "parquet", "tensorboard", "svg", "png", "html"])
def test_a_damaged_frame_is_said_and_leaves_nothing(
    name: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE frames SET payload = x'00' WHERE id = 2")
    assert "damaged: not a frame" in refused(capsys, "a-run", "--format", name)
    assert list(Path().iterdir()) == []


def test_a_copy_of_a_running_run_can_be_watched_elsewhere(
    new_run: Callable[..., RunWriter],
    frame: Callable[..., Frame],
    path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    writer = new_run("running", path.parent)
    writer.append_frame(frame(0))
    writer.set_status(state="running")
    assert main(["export", "running", "--format", "run", "-o", "moved.objtui"]) == 0
    assert os.listdir() == ["moved.objtui"]
    with RunReader(Path("moved.objtui")) as reader:
        assert reader.status().state == "stopped"
    assert main(["watch", "moved.objtui", "--headless"]) == 0
    assert "moved.objtui" in capsys.readouterr().out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("name", ["csv", "jsonl"])
def test_a_standard_output_that_takes_no_more_is_named(name: str, path: Path) -> None:
    command = [*OBJTUI, "export", str(path), "--format", name, "-o", "-"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        b"objtui: error: standard output: cannot be written: No space left on device\n"
    )


def test_a_reader_that_goes_away_ends_it_in_silence(path: Path) -> None:
    command = [*OBJTUI, "export", str(path), "--format", "jsonl", "-o", "-"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")
