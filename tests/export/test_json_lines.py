"""JSON lines of recorded runs."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from objtui.export.formats import export_format
from objtui.export.write import export_runs, stream_runs
from objtui.measures.frames import Frame
from objtui.reports.jsonlines import JsonReport
from objtui.reports.report import write_report
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunSummary, SamplePicture
from objtui.runfile.writer import RunWriter
from objtui.runs.follow import follow
from tests.picture_runs import mistakes_of

JSONL = export_format("jsonl")


def strict(text: str) -> list[dict[str, Any]]:
    """The lines, by a reader that takes no NaN."""

    def refuse(word: str) -> None:
        raise AssertionError(word)

    return [json.loads(line, parse_constant=refuse) for line in text.splitlines()]


def test_a_run_is_the_lines_that_json_output_writes(any_run: Any, tmp_path: Path) -> None:
    written = io.StringIO()
    with RunReader(any_run.path) as reader:
        write_report(JsonReport(written), follow(reader))
    place = tmp_path / "out.jsonl"
    export_runs(JSONL, [any_run.path], place, force=False)
    assert strict(place.read_text()) == strict(written.getvalue())


def test_a_run_that_goes_on_is_written_as_far_as_it_is(
    new_run: Callable[..., RunWriter], frame: Callable[..., Frame]
) -> None:
    writer = new_run()
    writer.append_frame(frame(0))
    writer.set_status(state="running")
    out = io.StringIO()
    stream_runs(JSONL, [writer.path], out)
    assert [line["type"] for line in strict(out.getvalue())] == ["run", "frame"]


def test_with_several_runs_every_line_names_its_own(recorded: Callable[..., Any]) -> None:
    out = io.StringIO()
    stream_runs(JSONL, [recorded(name="one").path, recorded(name="two").path], out)
    lines = strict(out.getvalue())
    half = len(lines) // 2
    assert [line["run"] for line in lines] == ["one"] * half + ["two"] * half
    assert lines[half]["type"] == "run"


def test_the_frame_where_a_detector_was_stopped_is_there_as_in_json_output(
    new_run: Callable[..., RunWriter], frame: Callable[..., Frame]
) -> None:
    run = new_run(pictures=(SamplePicture("a.png", 64, 48),))
    run.append_frame(frame(0))
    run.append_frame(frame(30, scheduled=False))
    run.append_frame(replace(frame(40, scheduled=False), mistakes=mistakes_of(2)))
    run.finish("stopped", RunSummary(40, 1.0, 0.0, 1.0, 0.0), "")
    written, out = io.StringIO(), io.StringIO()
    with RunReader(run.path) as reader:
        write_report(JsonReport(written), follow(reader))
    stream_runs(JSONL, [run.path], out)
    lines = strict(out.getvalue())
    assert lines == strict(written.getvalue())
    assert [line["step"] for line in lines if line["type"] == "frame"] == [0, 40]
