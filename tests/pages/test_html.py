"""A page of a run stands alone, lets nothing in a run become markup, and stays small."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from objtui.cli.main import main
from objtui.measures.histogram import LOGIT_EDGES
from objtui.measures.thresholds import threshold_sweep
from objtui.pages import answers as page_answers
from objtui.pages import content as contents
from objtui.pages import moments
from objtui.pages.html import embedded, read_in
from objtui.runfile.writer import RunWriter
from objtui.runs.axis_range import AxisRange
from objtui.runs.comparison import Comparison
from objtui.runs.source import RunSource
from objtui.ui.dashboard.answers import AnswerLines
from objtui.ui.view_state import ViewState
from tests.pages.page import Page, require_alone
from tests.patience import GIVE_UP_S
from tests.picture_runs import record_pictures
from tests.runs_for_tests import record_calibrated, record_nuclei


@pytest.fixture
def exported(new_run: Callable[..., RunWriter], tmp_path: Path) -> Callable[..., str]:
    def export(**changes: Any) -> str:
        path = record_nuclei(new_run, tmp_path, **changes).path
        place = tmp_path / "a.html"
        assert main(["export", str(path), "-o", str(place)]) == 0
        return place.read_text(encoding="utf-8")

    return export


def content_of(*paths: Path) -> dict[str, Any]:
    runs = Comparison([RunSource(path) for path in paths])
    try:
        read_in(runs)
        return contents.page_content(runs)
    finally:
        runs.close()


@given(st.recursive(st.text() | st.integers(), st.lists, max_leaves=5))
def test_nothing_that_is_embedded_can_end_its_element(value: object) -> None:
    written = embedded(value)
    assert not set(written) & set("<>&\u2028\u2029")
    assert json.loads(written) == value


def test_what_a_run_says_stays_text(exported: Callable[..., str]) -> None:
    evil = "</script></title><script>alert(1)</script><!--"
    page = Page(exported(title=evil, question=evil, claims=((evil, "bce.nll < 1"),)))
    assert [tag for tag, _ in page.elements].count("script") == 2
    assert page.content["title"] == evil
    assert page.content["claims"][0]["text"] == evil


def test_a_browser_may_run_its_script_and_style_and_ask_nobody(
    exported: Callable[..., str],
) -> None:
    require_alone(exported())


def test_the_numbers_are_those_of_the_run(
    new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    path = record_nuclei(new_run, tmp_path, steps=(0, 100)).path
    content = content_of(path)
    source = RunSource(path)
    source.read_in()
    moment = source.opened_history.moment_up_to(100)
    source.close()
    assert moment is not None
    frame = content["frames"][-1]
    names = [score["name"] for score in content["scores"]]
    values = moment.values("nll", 2)
    assert frame["scores"][names.index("nll")][2] == pytest.approx(
        [values.mean(), values.min(), values.max()], rel=1e-4
    )
    first, *counts = frame["counts"][2][1]
    assert moment.counts[2, 1, first : first + len(counts)].tolist() == counts
    assert sum(counts) == moment.counts[2, 1].sum()
    logits, precision, recall, f1 = frame["sweeps"][2]
    assert set(np.round(logits, 3)) <= set(np.round(signed_digits(LOGIT_EDGES), 3))
    sweep = threshold_sweep(moment.counts[2], logits)
    assert recall == pytest.approx(sweep.recall.tolist(), abs=2e-3)
    assert f1 == pytest.approx(sweep.f1.tolist(), abs=2e-3)
    assert recall[0] == 1.0
    assert precision[0] == pytest.approx(moment.counts[2, 1].sum() / moment.counts[2].sum(), 1e-3)
    best = frame["points"][2][1]
    assert best[4] == pytest.approx(np.nanmax(threshold_sweep(moment.counts[2]).f1), rel=1e-4)
    assert frame["less"][names.index("nll")][0] is None
    differences = values - moment.values("nll", 0)
    half = scipy.stats.t.ppf(0.975, len(values) - 1) * scipy.stats.sem(differences)
    assert frame["less"][names.index("nll")][2] == pytest.approx([differences.mean(), half], 1e-3)


def signed_digits(values: Any) -> Any:
    """Values in the four digits that a page has."""
    return [float(f"{value:.4g}") for value in values]


def test_the_axis_of_every_choice_of_heads_is_that_of_the_terminal(
    new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    path = record_nuclei(new_run, tmp_path).path
    axis = content_of(path)["axis"]
    source = RunSource(path)
    source.read_in()
    axis_range = AxisRange()
    axis_range.update(source.opened_history)
    for shown in ([0], [2], [0, 1], [0, 2], [0, 1, 2]):
        down, up = (max(axis["reaches"][head][side] for head in shown) for side in (0, 1))
        scale = axis["scales"][f"{down:g},{up:g}"]
        ends = axis_range.reach_of(source.opened_history, shown).ends
        assert (scale["low"], scale["high"]) == ends
    source.close()


def test_the_best_heads_are_those_that_the_dashboard_has_in_bold(
    new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    content = content_of(record_nuclei(new_run, tmp_path).path)
    names = [score["name"] for score in content["scores"]]
    best = dict(zip(names, content["frames"][-1]["best"], strict=True))
    assert best["z_pos"] == []  # has no direction
    assert best["ap"]
    assert len(best["ap"]) < 3


def test_the_worst_mistakes_are_on_the_page_as_crops(
    new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    mistakes = content_of(record_pictures(new_run, tmp_path).path)["mistakes"]
    assert [kind for kind, *_ in mistakes[0]] == ["false alarm"] * 3 + ["missed"] * 2
    _, p, box, source = mistakes[0][0]
    assert 0.5 < p < 1
    assert box == [0.25, 0.25, 0.5, 0.5]
    assert source.startswith("data:image/png;base64,")
    assert mistakes[0][3][1] is None  # no box hits it


def test_calibrated_p_is_on_the_page(new_run: Callable[..., RunWriter], tmp_path: Path) -> None:
    frame = content_of(record_calibrated(new_run, tmp_path).path)["frames"][-1]
    assert all(frame["calibrated"])
    assert frame["calibrated"] != frame["bins"]
    assert frame["vanished"] == [[None, None]] * 3  # of losses that the run does not name


def test_a_long_run_is_thinned_evenly_to_its_first_and_last_moment_and_says_so(
    new_run: Callable[..., RunWriter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = record_nuclei(new_run, tmp_path, steps=range(0, 400, 4)).path
    monkeypatch.setattr(moments, "MAX_FRAMES", 30)
    content = content_of(path)
    steps = [frame["step"] for frame in content["frames"]]
    assert (len(steps), steps[0], steps[-1], content["recorded"]) == (30, 0, 396, 100)
    monkeypatch.setattr(moments, "MAX_BYTES", 100_000)
    steps = [frame["step"] for frame in content_of(path)["frames"]]
    assert (steps[0], steps[-1]) == (0, 396)
    assert len(steps) < 30


def test_sample_pictures_are_on_the_page_with_what_is_detected(
    new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    content = content_of(record_pictures(new_run, tmp_path).path)
    first = content["pictures"][0]
    assert [picture["name"] for picture in first] == ["first.png", "second.png"]
    assert all(picture["source"].startswith("data:image/png;base64,") for picture in first)
    kinds = {box[0] for boxes in content["frames"][-1]["boxes"][0] for box in boxes}
    assert kinds <= {"hit", "false alarm", "missed"}
    assert kinds


def test_several_runs_are_on_one_page_under_their_names(
    new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    paths = [
        record_nuclei(new_run, tmp_path, name=name, steps=(0, 10)).path for name in ("one", "two")
    ]
    names = [head["name"] for head in content_of(*paths)["heads"]]
    assert names[0::3] == ["one:bce", "two:bce"]


def test_every_moment_is_answered_as_the_dashboard_answers_it(
    new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    paths = [record_nuclei(new_run, tmp_path, name=name).path for name in ("one", "two")]
    for some in (paths[:1], paths):
        runs = Comparison([RunSource(path) for path in some])
        read_in(runs)
        for frame in content_of(*some)["frames"]:
            state = ViewState(heads=1, cursor=frame["step"])
            said = AnswerLines(still=True).answers(runs, state)
            assert frame["answers"] == [[each.question, each.words] for each in said]
        runs.close()
    assert [question for question, _ in frame["answers"]][-1] == "what to do?"


def test_of_many_members_some_moments_are_judged_the_last_among_them(
    new_run: Callable[..., RunWriter], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = record_nuclei(new_run, tmp_path).path
    monkeypatch.setattr(page_answers, "MAX_JUDGED", 4 * 15)  # three heads of five seeds
    frames = content_of(path)["frames"]
    judged = [at for at, frame in enumerate(frames) if "answers" in frame]
    assert len(judged) == 4
    assert judged[-1] == len(frames) - 1


def test_seconds_are_those_of_the_run_of_each_head(
    new_run: Callable[..., RunWriter], tmp_path: Path
) -> None:
    content = content_of(record_nuclei(new_run, tmp_path, steps=(0, 100)).path)
    seconds = [frame["seconds"] for frame in content["frames"]]
    assert all(len(set(each)) == 1 for each in seconds)  # one run has one clock
    assert seconds[0][0] < seconds[1][0]


NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="needs Node.js to run a page's script")
def test_the_axes_of_the_page_place_steps_seconds_and_p(exported: Callable[..., str]) -> None:
    """The script runs on a bare stand-in of a browser; its axes are asked for places."""
    page = Page(exported(steps=(0, 10, 100, 1000)))
    script = page.inside["script"].replace(
        "drawAll();\n\nfunction follow", f"{PROBE}function follow"
    )
    assert PROBE in script
    given = json.dumps(page.inside["content"])
    source = f"const content = {given};\n{BROWSER}\n{script}"
    ran = subprocess.run(
        [str(NODE), "-"],
        input=source,
        capture_output=True,
        text=True,
        check=False,
        timeout=GIVE_UP_S,
    )
    assert ran.returncode == 0, ran.stderr[-500:]
    places = json.loads(ran.stdout)
    assert places["step"] == pytest.approx([0, 0.01, 0.1, 1])
    assert places["log"][0] is None
    assert places["log"][1:] == pytest.approx([0, 0.5, 1])
    assert places["p"] == pytest.approx(scipy.special.expit([-4.6, 0, 2]).tolist())
    assert places["edges"] == pytest.approx(scipy.special.logit([0.25, 0.5, 0.75]).tolist())
    seconds = [frame["seconds"][0] for frame in page.content["frames"]]
    assert places["seconds"] == pytest.approx([each / seconds[-1] for each in seconds])


PROBE = """
  const steps = frames.map(frame => frame.step), found = {};
  found.step = steps.map(stepScale().place);
  found.seconds = steps.map(step => stepScale(true).place(secondsAt(0, step)));
  state.logStep = true;
  found.log = steps.map(stepScale().place);
  state.probability = true;
  axis = logitAxis();
  found.p = [-4.6, 0, 2].map(axis.place);
  found.edges = axis.targets(4).slice(1, 4);
  console.log(JSON.stringify(found));
  return;
"""

BROWSER = """
const element = () => new Proxy(function () {}, {
  get: (_, name) => name === "textContent" ? content
    : name === Symbol.toPrimitive ? () => "" : element(),
  apply: () => element(), set: () => true });
const document = element(), window = element();
"""
