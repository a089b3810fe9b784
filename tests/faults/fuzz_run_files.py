"""Every reader on many odd run files, in a process of its own so that its memory can be told.

python -m tests.faults.fuzz_run_files SEED CASES FOLDER
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

from objtui.advice.advise import advised_run
from objtui.cli.commands.explain import explained
from objtui.errors import ObjtuiError
from objtui.export.formats import export_format
from objtui.export.write import export_runs
from objtui.figures.write import FigureChoice, drawn_figure
from objtui.measures.frames import Frame
from objtui.pages.html import read_in
from objtui.pages.live import LivePage
from objtui.reports.advice import advice_line
from objtui.reports.jsonlines import encode_line
from objtui.reports.listing import listing_line, listing_rows
from objtui.reports.style import Style
from objtui.runfile.find import find_run, list_runs
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunSummary
from objtui.runfile.resumption import checked_checkpoint, require_resumable
from objtui.runfile.writer import RunWriter
from objtui.runs.comparison import Comparison
from objtui.runs.source import RunSource
from objtui.trainer.request import read_scenario, request_to_resume
from objtui.ui.dashboard.offscreen import dashboard_lines
from objtui.ui.picker.choices import run_rows
from objtui.ui.theme import Theme
from tests.faults.run_file_mutations import mutate, record_bases
from tests.runs_for_tests import a_frame, a_header

DRAW_EVERY = 25
"""A dashboard takes as long to draw as many files take to be read."""

MAX_LINE = 4000
"""Characters of an error; a path has some of them."""


def list_all(path: Path) -> None:
    """The healthy run is listed whatever the other is, by every list."""
    runs, now = list_runs(path.parent, detailed=True), time.time()
    states = {run.name: run.state for run in runs}
    assert states["healthy"] == "stopped", states
    rows = listing_rows(runs, now, Style())
    assert len(rows) == len(runs)
    assert all(row.isprintable() for row in rows), rows
    assert len(run_rows(runs, now, Theme())) == len(runs)
    for run in runs:
        json.loads(encode_line(listing_line(run, now)))
        assert (run.header is None) == bool(run.reason), run


def read_whole(path: Path) -> None:
    """Everything that a reader can be asked."""
    with RunReader(path) as reader:
        frames: list[Frame] = [stored.frame for stored in reader.frames_after()]
        assert all(frame.counts.min() >= 0 for frame in frames)
        reader.loss_traces_after()
        reader.numbers_after()
        reader.pictures()
        reader.status()
        reader.summary()
        reader.request()
        reader.log()
        reader.checkpoint()


def follow(path: Path) -> None:
    """As the dashboard reads it."""
    with closing(RunSource(path)) as source:
        source.read_losses(True)
        source.poll()
        while source.behind:
            source.poll()
        assert len(source.formulas) == len(source.opened_history.header.heads)


def look_for_resumption(path: Path) -> None:
    """As `objtui resume` looks before it starts a trainer, and the trainer before it writes."""
    with RunReader(path) as reader:
        header = reader.header()
        request = request_to_resume(path, header, reader.request())
        read_scenario(request)
        require_resumable(path, header, reader.status())
    checked_checkpoint(path)


def find_last(path: Path) -> None:
    """There is always one."""
    with RunReader(find_run(path.parent, "last"), glance=True) as reader:
        reader.status()


def export_csv(path: Path) -> None:
    """A folder of tables, or none of it."""
    _export("csv", path)


def export_jsonl(path: Path) -> None:
    """A file of lines of strict JSON, or none of it."""
    _export("jsonl", path)


def explain(path: Path) -> None:
    """Advice as text and as lines of JSON."""
    assert all(line.isprintable() for line in explained(path, Style()))
    for each in advised_run(path).advice:
        json.loads(encode_line(advice_line(each)))


def export_html(path: Path) -> None:
    """A page, or none."""
    _export("html", path)


def export_calibration(path: Path) -> None:
    """Its numbers, or none."""
    _export("calibration", path)


def export_coco(path: Path) -> None:
    """All detections, with the truth."""
    _export("coco", path)


def export_parameters(path: Path) -> None:
    """The tensors of the checkpoint."""
    _export("safetensors", path)


def export_events(path: Path) -> None:
    """A folder of event files, or none of it."""
    _export("tensorboard", path)


def export_parquet(path: Path) -> None:
    """A folder of tables, or none of it."""
    _export("parquet", path)


def serve(path: Path) -> None:
    """The page of a browser, and what is new for it."""
    with closing(Comparison([RunSource(path)])) as runs:
        read_in(runs)
        live = LivePage(runs)
        live.look()
        assert live.html()


def draw(path: Path) -> None:
    """The whole dashboard."""
    assert dashboard_lines([path], 100, 30)


def draw_figure(path: Path) -> None:
    """Every chart, on one page."""
    assert drawn_figure("svg", [path], FigureChoice())


def draw_pictures(path: Path) -> None:
    """The pictures of a detector, as a chart."""
    assert drawn_figure("svg", [path], FigureChoice("pictures"))


READERS: tuple[Callable[[Path], None], ...] = (
    list_all, find_last, read_whole, follow, look_for_resumption, explain, serve, export_csv,
    export_jsonl, export_html, export_calibration, export_events, export_coco, export_parameters,
)  # fmt: skip

SLOW_READERS = (draw, draw_figure, draw_pictures, export_parquet)


def ask_all(path: Path, number: int) -> Counter[str]:
    """Answers and errors of every reader; AssertionError where one gives neither."""
    told: Counter[str] = Counter()
    before = contents(path.parent)
    readers = (*READERS, *SLOW_READERS) if number % DRAW_EVERY == 0 else READERS
    for reader in readers:
        try:
            reader(path)
            told["answers"] += 1
        except ObjtuiError as error:
            if reader in (list_all, find_last):  # which others than this run are to answer
                raise AssertionError(reader.__name__) from error
            told["errors"] += 1
            check_lines(error)
        except BaseException as error:
            error.add_note(reader.__name__)
            raise
        after = contents(path.parent)
        assert after == before, (reader.__name__, differences(before, after))
    return told


def check_lines(error: ObjtuiError) -> None:
    """One line each, of bounded length."""
    lines = error.lines()
    assert 1 <= len(lines) <= 101, lines
    for line in lines:
        assert line, lines
        assert "\n" not in line, line
        assert len(line) < MAX_LINE, line


def contents(folder: Path) -> dict[str, object]:
    """All that lies in a folder: names, kinds, bytes, and when they were changed.

    An empty write-ahead log and its memory may be tidied up by whoever comes last, and in
    that memory readers write which part of the log they are at.
    """
    found: dict[str, object] = {}
    for path in sorted(folder.iterdir()):
        status = os.lstat(path)
        tidied = Path(str(path).removesuffix("-shm").removesuffix("-wal") + "-wal")
        if path.name.endswith(("-wal", "-shm")) and _is_empty(tidied):
            continue
        found[path.name] = (status.st_mode, status.st_ino)
        if not path.name.endswith("-shm"):
            whole = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
            found[path.name] = (status.st_mode, status.st_ino, status.st_mtime_ns, whole)
    return found


def differences(before: dict[str, object], after: dict[str, object]) -> list[str]:
    """The names of what has changed."""
    return [name for name in before | after if before.get(name) != after.get(name)]


def _is_empty(place: Path) -> bool:
    return not place.exists() or (place.is_file() and place.stat().st_size == 0)


def _export(name: str, path: Path) -> None:
    out = path.parent.parent / "out"
    out.mkdir(exist_ok=True)
    try:
        export_runs(export_format(name), [path], out / "odd", force=False)
        assert [left.name for left in out.iterdir()] == ["odd"]
        shutil.rmtree(out)
    except ObjtuiError:
        assert not list(out.iterdir()), "a part was left"
        raise


def peak_kb() -> int:
    """The most memory of this process; ru_maxrss would go over the fork that it came from."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Print, as JSON, how many cases there were, what came of them, and the peak of memory."""
    seed, cases, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    (folder / "temporary").mkdir()
    tempfile.tempdir = str(folder / "temporary")
    (folder / "bases").mkdir()
    bases = record_bases(folder / "bases")
    runs = folder / "runs"
    runs.mkdir()
    healthy = runs / "healthy.objtui"
    healthy.touch()
    with RunWriter(healthy, a_header("healthy"), "", "{}") as writer:
        writer.append_frame(a_frame(0))
        writer.finish("stopped", RunSummary(0, 1.0, 0.5, 0.4, 0.1), "")
    told: Counter[str] = Counter()
    for number in range(seed, seed + cases):
        chance = Random(number)
        base = chance.choice(bases)
        for part in base.parent.iterdir():
            shutil.copyfile(part, runs / part.name)
        how = mutate(runs / base.name, chance)
        try:
            told += ask_all(runs / base.name, number)
            assert not list((folder / "temporary").iterdir()), "a copy was left"
        except BaseException as error:
            error.add_note(f"case {number}, {base.parent.name}: {how}")
            raise
        for left in runs.glob(f"{base.name}*"):
            left.rmdir() if left.is_dir() and not left.is_symlink() else left.unlink()
        told["cases"] += 1
    told["peak_kb"] = peak_kb()
    print(json.dumps(told))


if __name__ == "__main__":
    main()
