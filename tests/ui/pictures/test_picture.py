"""The dashboard and its panels as pictures."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image
from rich.text import Text
from textual.app import App
from textual.pilot import Pilot

from objtui.cli.main import main
from objtui.ui.dashboard.offscreen import dashboard_lines, panel_lines
from objtui.ui.pictures.png import CELL_HEIGHT, CELL_WIDTH
from objtui.ui.pictures.svg import svg_of
from tests.runs_for_tests import MakeRun, a_frame, a_summary, record_flat, record_nuclei
from tests.ui.driving import reached, screen_lines, show


@pytest.fixture
def path(new_run: MakeRun) -> Path:
    return record_flat(new_run, steps=(0,)).path


def test_a_picture_is_svg_that_shows_the_run_and_loads_nothing(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "picture.svg"
    assert main(["export", str(path), "--out", str(out)]) == 0
    text = "".join(ElementTree.parse(out).getroot().itertext())
    assert "bce" in text
    assert "scores" in text
    assert "url(http" not in out.read_text()


def test_blocks_of_an_svg_are_shapes_without_seams_whatever_the_font() -> None:
    svg = svg_of([Text("a ▁█▄b", "red"), Text("██")], "a title")
    outlines = re.findall(r'<path class="[^"]+-r\d+" d="([^"]+)"', svg)
    assert len(outlines) == 2
    assert not set("▁▄█") & set("".join(ElementTree.fromstring(svg).itertext()))
    x, bottom = (float(each) for each in re.findall(r"[\d.]+", outlines[0])[:2])
    assert outlines[0].count("H") == 3
    assert x == pytest.approx(2 * 12.2, abs=0.1)
    tops = [float(each) for each in re.findall(r"V([\d.]+)", outlines[0])]
    assert [round((bottom - top) / 24.65 * 8) for top in tops] == [1, 8, 4, 0]


def test_a_place_that_cannot_be_written_is_wrong_usage(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(path), "--out", str(tmp_path / "none" / "picture.svg")]) == 2
    assert "none is no folder; make it first" in capsys.readouterr().err


def test_a_png_has_the_cells_asked_for_and_a_margin_of_one(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "picture.png"
    assert main(["export", str(path), "-o", str(out), "--format", "png", "--size", "90x30"]) == 0
    with Image.open(out) as image:
        assert image.format == "PNG"
        assert image.size == (92 * CELL_WIDTH, 32 * CELL_HEIGHT)
        assert len(image.convert("RGB").getcolors(1 << 16) or []) > 20


def test_in_a_picture_nothing_has_the_focus(path: Path) -> None:
    panel = panel_lines([path], "scores", 60, 12)
    for lines in (dashboard_lines([path], 100, 30), panel):
        assert not any(set(line.plain) & set("┏┓┗┛┃━") for line in lines)
        names = [
            str(span.style)
            for line in lines
            for span in line.spans
            if line.plain[span.start : span.end] == "bce"
        ]
        assert names
        assert not any("reverse" in style for style in names)


def test_the_whole_screen_has_every_panel_and_no_keys(path: Path) -> None:
    lines = [line.plain for line in dashboard_lines([path], 100, 30)]
    assert {len(line) for line in lines} == {100}
    assert len(lines) == 30
    assert "A title" in lines[0]
    assert [line.count("╭") for line in lines if line[0] == "╭"] == [2, 2, 1]
    assert [line.count("╯") for line in lines if line[0] == "╰"][-1] == 1  # no footer below it
    assert not any(key in "\n".join(lines) for key in ("help", "quit", "a: ", "m: ", "D: "))


def test_a_picture_says_nothing_of_what_can_be_done_about_a_run(new_run: MakeRun) -> None:
    writer = record_flat(new_run, state="running", steps=(0,))
    writer.finish("failed", a_summary(0), "out of memory")
    lines = [line.plain for line in dashboard_lines([writer.path], 100, 30)]
    assert "failed" in lines[0]
    assert not any("resume" in line for line in lines)
    assert lines[-1].startswith("╰")


def test_axes_of_a_picture_have_names(new_run: MakeRun, tmp_path: Path) -> None:
    path = record_nuclei(new_run, tmp_path).path
    names = {
        "curves": "step",
        "bands": "step",
        "gradient": "step",
        "reliability": "p",
        "bce": "logit",
    }
    for panel, name in names.items():
        assert f" {name} " in panel_lines([path], panel, 100, 20)[-1].plain


def test_axes_of_a_picture_are_chosen_as_by_keys(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "picture.svg"
    arguments = ["export", str(path), "-o", str(out), "--size", "180x30"]
    assert main([*arguments, "--probability", "--log-step", "--wall-time"]) == 0
    words = "".join("".join(ElementTree.parse(out).getroot().itertext()).split())
    assert "bywalltime" in words
    assert "logx" in words
    assert "logitz" not in words


def test_a_table_has_no_axes(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(path), "--format", "csv", "--log-step"]) == 2
    assert "--log-step goes with --format svg, png and pdf" in capsys.readouterr().err


KEYS_OF_A_STEP = ("colon", "6", "0", "0", "enter")


@pytest.mark.parametrize("several", [False, True], ids=["one run", "several"])
@pytest.mark.parametrize(("step", "keys"), [(None, ()), (600, KEYS_OF_A_STEP)], ids=str)
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
def test_a_picture_is_what_watch_shows(
    several: bool,
    step: int | None,
    keys: tuple[str, ...],
    size: tuple[int, int],
    new_run: MakeRun,
    tmp_path: Path,
) -> None:
    runs: list[dict[str, Any]] = [{"name": "a"}]
    if several:
        runs += [{"name": "b", "steps": (0, 30, 1300), "seeds": (7,)}, {"name": "c", "steps": ()}]
    paths = [record_nuclei(new_run, tmp_path, **run).path for run in runs]
    light = str.maketrans("┏┓┗┛┃━", "╭╮╰╯│─")  # but for the frame of the focus
    names = re.compile(r" step | D: (?=\d)| ── m: next score |a(dvice)?: [^│]*|[─ ]")
    still = [line.plain.rstrip() for line in dashboard_lines(paths, size[0], size[1] - 1, step)]
    named = [" step " in line for line in still]  # which takes the place of some numbers
    expected = [_without(line, names, has) for line, has in zip(still, named, strict=True)]
    watched: list[str] = []

    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        def is_seen() -> bool:
            lines = [line.translate(light) for line in screen_lines(app)[:-1]]
            watched[:] = [
                _without(line, names, has) for line, has in zip(lines, named, strict=True)
            ]
            return watched == expected

        await pilot.press(*keys)
        await reached(pilot, is_seen, "the picture")

    show(paths, steps, size)
    assert watched == expected


def _without(line: str, names: re.Pattern[str], has_name: bool) -> str:
    """A line without names of axes and keys, and without numbers where it has such a name."""
    return names.sub("", re.sub(r"\d", "", line) if has_name else line)


@pytest.mark.parametrize(
    "panel",
    [
        "bce",
        "ce",
        "curves",
        "scores",
        "claims",
        "history",
        "bands:ce",
        "reliability",
        "gradient",
        "threshold",
    ],
)
@pytest.mark.parametrize("size", [(30, 8), (120, 40)], ids=str)
def test_a_panel_by_itself_fills_its_size(panel: str, size: tuple[int, int], path: Path) -> None:
    lines = [line.plain for line in panel_lines([path], panel, *size)]
    assert {len(line) for line in lines} == {size[0]}
    assert len(lines) == size[1]
    assert (lines[0][0], lines[-1][-1]) == ("╭", "╯")


@pytest.mark.parametrize("kind", ["empty", "diverged", "running"])
@pytest.mark.parametrize("name", ["svg", "png"])
def test_runs_of_every_kind_have_a_picture(
    kind: str, name: str, new_run: MakeRun, tmp_path: Path
) -> None:
    writer = new_run()
    if kind != "empty":
        writer.append_frame(a_frame(0, nll=float("nan"), loss=float("inf")))
    writer.set_status(state="running")
    if kind != "running":
        writer.finish("diverged", a_summary(0), "")
    out = str(tmp_path / f"picture.{name}")
    for panel in ("bce", "curves", "scores", "claims"):
        arguments = ["export", str(writer.path), "-o", out, "--format", name, "--force"]
        assert main([*arguments, "--size", "80x24", "--panel", panel]) == 0
    assert Path(out).stat().st_size > 1000


def test_colours_do_not_depend_on_the_terminal_of_who_asks(path: Path) -> None:
    def picture(**environ: str) -> bytes:
        code = (
            "import sys; from pathlib import Path;"
            "from objtui.ui.dashboard.offscreen import panel_lines;"
            "from objtui.ui.pictures.png import png_of;"
            f"sys.stdout.buffer.write(png_of(panel_lines([Path({str(path)!r})], 'bce', 60, 20)))"
        )
        command = [sys.executable, "-c", code]
        return subprocess.run(
            command, env={**os.environ, **environ}, capture_output=True, check=True
        ).stdout

    bare = picture(NO_COLOR="1", TERM="dumb", LC_ALL="C", COLUMNS="20")
    assert bare == picture(TERM="xterm-256color", COLORTERM="truecolor", LC_ALL="C.UTF-8")
    with Image.open(io.BytesIO(bare)) as image:
        colours = [colour for _, colour in image.convert("RGB").getcolors(1 << 16) or []]
        assert any(max(colour) - min(colour) > 80 for colour in colours)
