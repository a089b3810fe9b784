"""JSON lines of recorded runs."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from objtui.export.formats import export_format
from objtui.export.write import export_runs, stream_runs
from objtui.measures.frames import Frame
from objtui.reports.jsonlines import JsonReport
from objtui.reports.report import write_report
from objtui.runfile.reader import RunReader
from objtui.runfile.writer import RunWriter
from objtui.runs.follow import follow

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
