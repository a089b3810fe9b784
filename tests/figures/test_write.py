"""Figures: what is in them, that they stand alone, and that a run always gives the same."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from objtui.cli.main import main
from objtui.errors import UsageError
from objtui.export.panels import PANEL_NAMES
from objtui.figures.table import CHARTS
from objtui.figures.write import FigureChoice, drawn_figure
from objtui.measures.detections import MAX_OBJECTS, MAX_SHOWN, PictureDetections
from objtui.measures.frames import Frame
from objtui.measures.logit_axis import LogitScale
from objtui.runfile.writer import RunWriter
from objtui.runs.source import RunSource
from tests.figures.text_boxes import require_whole, text_boxes
from tests.picture_runs import OBJECTS, detections_of, record_pictures
from tests.runs_for_tests import record_calibrated, record_flat, record_nuclei

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def nuclei(new_run: Callable[..., RunWriter], tmp_path: Path) -> Path:
    return record_nuclei(new_run, tmp_path, steps=(0, 100, 400)).path


def texts(svg: bytes) -> list[str]:
    """Every text of an SVG."""
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_text_of_an_svg_is_text_and_brings_its_font_along(nuclei: Path) -> None:
    svg = drawn_figure("svg", [nuclei], FigureChoice("overlay"))
    assert {"bce", "ce", "mse", "logit z"} <= set(texts(svg))
    assert b"@font-face" in svg
    links = re.findall(rb'(?:href|src)\s*=\s*"([^"#][^"]*)"|url\((?!#)([^)]*)\)', svg)
    assert all(b"".join(link).startswith(b"data:") for link in links)


def test_a_curve_is_that_of_the_score_that_is_named(nuclei: Path) -> None:
    svg = drawn_figure("svg", [nuclei], FigureChoice("curves:ap"))
    assert {"ap", "step (bands: lowest to highest seed)"} <= set(texts(svg))


def test_the_best_head_is_bold_and_differences_have_their_intervals(nuclei: Path) -> None:
    scores = drawn_figure("svg", [nuclei], FigureChoice("scores")).decode()
    bold = re.findall(r'<text style="font(?:-weight)?: (?:bold|700)[^>]*>([^<]+)<', scores)
    assert {"bce", "ce", "mse"} < set(bold)  # above the columns, and of some the values
    assert "font-weight:bold;src:url(data:" in scores
    less = texts(drawn_figure("svg", [nuclei], FigureChoice("scores:ce")))
    assert any("less ce ± half of the 95 % interval, 5 seeds" in text for text in less)
    assert "≈ 0 ± 0" in less  # of bce, which is ce to the last bit


def test_a_difference_is_of_the_other_heads_less_the_reference(nuclei: Path) -> None:
    drawn = texts(drawn_figure("svg", [nuclei], FigureChoice("difference:mse")))
    assert {"bce less mse", "ce less mse"} <= set(drawn)
    assert "mse less mse" not in drawn


def test_the_curve_of_precision_over_recall_says_its_ap_and_its_base_rate(nuclei: Path) -> None:
    by_name, by_key = (
        drawn_figure("svg", [nuclei], FigureChoice(name)) for name in ("precision-recall", "T")
    )
    assert by_name == by_key
    drawn = texts(by_name)
    assert {"recall", "precision", "p = .5", "best F1", "base rate 0.038"} <= set(drawn)
    assert any(re.fullmatch(r"bce  AP 0\.\d+ ± 0\.\d+", text) for text in drawn)


def test_the_worst_mistakes_are_crops_with_their_p(
    new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    path = record_pictures(new_run, tmp_path).path
    svg = drawn_figure("svg", [path], FigureChoice("mistakes:ce"))
    drawn = texts(svg)
    assert {"surest false alarms", "missed most", "no box"} <= set(drawn)
    assert sum(text.startswith("p ") for text in drawn) == 4  # three false alarms, one missed
    assert svg.count(b"<image ") == 5
    early = texts(drawn_figure("svg", [path], FigureChoice("mistakes:ce", step=0)))
    assert "kept at the end or most stops" in early


def crowded(*, totals: bool, objects: bool) -> PictureDetections:
    """Of 57 boxes on the first picture the 20 best, one of them a hit; two objects are hit."""
    first, _ = OBJECTS[0]
    best: list[Any] = [(first, 9.0, True)]
    best += [([0, 0, 2, 2], 8.0 - number / 10, False) for number in range(MAX_SHOWN - 1)]
    hit = np.zeros((3, 2, MAX_OBJECTS), np.bool_)
    hit[:, 0, :2] = True
    return replace(
        detections_of([[best, []]] * 3),
        totals=np.array([[[2, 55], [0, 0]]] * 3, np.int32) if totals else None,
        objects=hit if objects else None,
    )


@pytest.mark.parametrize(
    ("totals", "objects", "counts", "said"),
    [
        (True, True, "2 hit, 55 false, 0 missed", "; objects hit by others are marked"),
        (True, False, "2 hit, 55 false, 0 missed", "; 1 drawn as missed is hit by others"),
        (False, False, "1 hit, 19 false, ≤ 1 missed", ""),
    ],
)
def test_a_picture_says_which_of_its_boxes_are_drawn(
    totals: bool,
    objects: bool,
    counts: str,
    said: str,
    new_run: Callable[..., RunWriter],
    tmp_path: Path,
) -> None:
    kept = crowded(totals=totals, objects=objects)
    path = record_pictures(new_run, tmp_path, steps=(0,), kept=kept).path
    svg = drawn_figure("svg", [path], FigureChoice("pictures", width=3.3))
    drawn = texts(svg)
    assert drawn.count(counts) == 3
    words = f"20 best of 57 boxes drawn{said}" if totals else "the 20 best boxes drawn; others may"
    assert " ".join(drawn).count(words) == 3
    require_whole(text_boxes(svg), 3.3)
    other = texts(drawn_figure("svg", [path], FigureChoice("pictures:bce:2")))
    assert "boxes drawn" not in " ".join(other)


def test_calibrated_p_stands_beside_what_it_was_made_of(
    new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    path = record_calibrated(new_run, tmp_path).path
    drawn = texts(drawn_figure("svg", [path], FigureChoice("reliability")))
    assert sum(" calibrated  ECE " in text for text in drawn) == 3


def test_every_chart_of_logits_has_the_axis_of_the_terminal(nuclei: Path) -> None:
    from objtui.runs.axis_range import AxisRange

    source = RunSource(nuclei)
    source.read_in()
    axis_range = AxisRange()
    axis_range.update(source.opened_history)
    ends = axis_range.reach_of(source.opened_history, ()).ends
    source.close()
    ticks = {str(tick).replace("-", "−") for tick in LogitScale(*ends).ticks}
    for name in ("histograms", "overlay", "difference", "threshold", "history"):
        assert ticks <= set(texts(drawn_figure("svg", [nuclei], FigureChoice(name, step=0))))


def test_the_same_run_gives_the_same_bytes(nuclei: Path) -> None:
    for kind in ("svg", "pdf", "png"):
        choice = FigureChoice("curves", "print")
        assert drawn_figure(kind, [nuclei], choice) == drawn_figure(kind, [nuclei], choice)


def test_a_pdf_holds_its_font_and_no_date(nuclei: Path) -> None:
    pdf = drawn_figure("pdf", [nuclei], FigureChoice("curves"))
    assert b"/FontFile2" in pdf
    assert b"CreationDate" not in pdf


def test_a_png_has_the_size_that_is_asked_for_at_300_dots_an_inch(nuclei: Path) -> None:
    png = drawn_figure("png", [nuclei], FigureChoice("curves", "dark", width=3.3, height=2.0))
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.size == (990, 600)
        assert picture.convert("RGB").getpixel((0, 0)) == (0x14, 0x17, 0x1C)


def test_in_print_heads_differ_without_colour(nuclei: Path) -> None:
    svg = drawn_figure("svg", [nuclei], FigureChoice("curves", "print")).decode()
    dashes = set(re.findall(r"stroke-dasharray: ([\d., ]+)", svg))
    assert len(dashes) >= 2
    assert len(re.findall(r'<path id="m[0-9a-f]+"', svg)) >= 3  # markers, beside those of ticks


def test_a_moment_of_the_past_is_drawn_as_it_was(nuclei: Path) -> None:
    svg = drawn_figure("svg", [nuclei], FigureChoice("scores", step=150))
    assert any(text.startswith("step 100;") for text in texts(svg))


def test_a_name_with_the_signs_of_formulas_and_of_markup_is_drawn_as_it_is(
    new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    path = record_nuclei(
        new_run, tmp_path, steps=(0, 9), claims=(("$x_1 & <b>", "bce.nll < 1"),)
    ).path
    assert "$x_1 & <b>" in texts(drawn_figure("svg", [path], FigureChoice("claims")))


def test_heads_of_several_runs_go_by_their_runs(
    nuclei: Path, new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    other = record_nuclei(new_run, tmp_path, name="other", steps=(0, 9)).path
    svg = drawn_figure("svg", [nuclei, other], FigureChoice("curves"))
    assert {"nuclei-1:bce", "other:mse"} <= set(texts(svg))


@pytest.mark.parametrize(
    ("panel", "said"),
    [
        ("hist", "there is no panel 'hist'; panels: bce, ce, mse, histograms, overlay, difference"),
        ("history:x", "there is no head 'x'; heads: bce, ce, mse"),
        ("curves:x", "there is no curve 'x'; curves: nll, training_loss"),
        ("claims:bce", "claims is of all heads"),
        ("scores:x", "there is no head 'x'; heads: bce, ce, mse"),
        ("mistakes", "without pictures"),
        ("pictures", "without pictures"),
    ],
)
def test_a_panel_that_is_not_there_is_answered_with_those_that_are(
    panel: str, said: str, nuclei: Path
) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        drawn_figure("svg", [nuclei], FigureChoice(panel))


@pytest.mark.parametrize("name", ["curves", "bands", "history"])
def test_a_run_of_one_moment_is_seen(
    name: str, new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    path = record_nuclei(new_run, tmp_path, steps=(5,)).path
    png = drawn_figure("png", [path], FigureChoice(name, width=3.3, height=3.3))
    with Image.open(io.BytesIO(png)) as picture:
        inner = picture.convert("RGB").crop((180, 90, 990, 850))
        colours = inner.getcolors(1 << 20) or []
    assert any(max(colour) - min(colour) > 60 for _, colour in colours)


def test_without_matplotlib_it_says_what_to_install(
    nuclei: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [*sys.modules]:
        if name.split(".")[0] == "matplotlib":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    place = nuclei.parent / "a.pdf"
    assert main(["export", str(nuclei), "-o", str(place)]) == 2
    said = capsys.readouterr().err
    assert "pip install 'objtui[figures]'" in said
    assert said.count("\n") == 1
    assert not place.exists()


@pytest.mark.thorough
@pytest.mark.parametrize("theme", ["light", "dark", "print"])
@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_chart_of_every_kind_of_run_is_drawn(
    chart: object, theme: str, new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    name = chart.name  # type: ignore[attr-defined]
    lost = {100: {"bce": (0, 1, 2, 3, 4)}, 400: {"bce": (0, 1, 2, 3, 4), "mse": (2,)}}
    runs = [record_pictures(new_run, tmp_path).path] if name in ("pictures", "mistakes") else [
        record_nuclei(new_run, tmp_path, name="lost", steps=(0, 100, 400), diverged=lost).path,
        record_nuclei(new_run, tmp_path, name="one", steps=(0,), seeds=(7,)).path,
        record_flat(new_run).path,
    ]  # fmt: skip
    for path in runs:
        choice = FigureChoice(name, theme)  # type: ignore[arg-type]
        assert texts(drawn_figure("svg", [path], choice))


@pytest.mark.thorough
def test_figures_write_nothing_beside_themselves(
    nuclei: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import subprocess

    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    environ = {"HOME": str(home), "TMPDIR": str(here), "PATH": "/usr/bin:/bin"}
    code = "from objtui.cli.main import main; raise SystemExit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, "export", str(nuclei), "--panel", "curves", "-o", "a.svg"],
        cwd=here,
        env={**environ, "PYTHONPATH": ":".join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in here.iterdir()] == ["a.svg"]
    assert list(home.iterdir()) == []


def test_charts_of_one_run_have_names_of_their_own(
    nuclei: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["export", str(nuclei), "--panel", "curves:ap", "--theme", "print"]) == 0
    assert main(["export", str(nuclei), "--panel", "bce", "--step", "100"]) == 0
    names = {path.name for path in tmp_path.glob("*.svg")}
    assert names == {"nuclei-1-curves-ap.svg", "nuclei-1-step-100-bce.svg"}


def drawn_texts(path: Path, panel: str, **choices: bool) -> list[str]:
    return texts(drawn_figure("svg", [path], FigureChoice(panel, **choices)))


def test_every_panel_of_the_dashboard_is_a_chart(nuclei: Path) -> None:
    assert {panel.chart for panel in PANEL_NAMES} <= {chart.name for chart in CHARTS}
    assert drawn_texts(nuclei, "ridges") == drawn_texts(nuclei, "histograms")


@pytest.mark.parametrize("panel", ["histograms", "overlay", "difference", "history", "threshold"])
def test_rows_are_placed_by_p_where_that_is_chosen(panel: str, nuclei: Path) -> None:
    drawn = drawn_texts(nuclei, panel, probability=True)
    assert "p" in drawn
    assert not {"logit z", "p = .01"} & set(drawn)
    assert {"0.25", "0.75"} <= set(drawn)


@pytest.mark.parametrize("panel", ["curves", "history", "bands", "gradient"])
def test_steps_may_be_on_a_log_axis(panel: str, nuclei: Path) -> None:
    assert "step, log scale" in " ".join(drawn_texts(nuclei, panel, log_step=True))


def test_curves_may_be_over_seconds(nuclei: Path) -> None:
    drawn = drawn_texts(nuclei, "curves", wall_time=True)
    assert "seconds (bands: lowest to highest seed)" in drawn
    log = drawn_texts(nuclei, "curves", wall_time=True, log_step=True)
    assert "seconds, log scale (bands: lowest to highest seed)" in log


def test_seconds_may_be_on_a_log_axis_where_none_has_passed(
    new_run: Callable[..., RunWriter], frame: Callable[..., Frame]
) -> None:
    run = new_run()
    run.append_frame(replace(frame(0), elapsed_s=0.0))
    run.close()
    drawn = drawn_texts(run.path, "curves", wall_time=True, log_step=True)
    assert any(text.startswith("seconds, log scale") for text in drawn)


def test_a_choice_of_axes_that_a_chart_does_not_have_is_refused(nuclei: Path) -> None:
    with pytest.raises(UsageError, match="--wall-time is not of history; it is of curves and all"):
        drawn_texts(nuclei, "h", wall_time=True)
    with pytest.raises(UsageError, match="--probability is not of reliability"):
        drawn_texts(nuclei, "reliability", probability=True)


@pytest.mark.parametrize(
    "panel",
    [*(chart.name for chart in CHARTS if chart.name not in ("pictures", "mistakes")), "scores:bce"],
)
def test_at_the_width_of_a_column_no_text_is_cut_or_lies_on_another(
    panel: str, nuclei: Path
) -> None:
    boxes = text_boxes(drawn_figure("svg", [nuclei], FigureChoice(panel, width=3.3)))
    assert len(boxes) > 5
    require_whole(boxes, 3.3)
