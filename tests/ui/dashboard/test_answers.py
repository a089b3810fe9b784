"""The advice in the dashboard: a line under the scores, and key a."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from objtui.runs.comparison import Comparison
from objtui.runs.source import RunSource
from objtui.ui.dashboard import answers as answers_module
from objtui.ui.dashboard.answers import AnswerLines
from objtui.ui.view_state import ViewState
from tests.runs_for_tests import MakeRun, a_summary, nuclei_frame, record_nuclei
from tests.ui.driving import keys, settled, show, shows

SAID = "what to do? train bce longer: nll still fell"


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """The cursors at which the advice was computed."""
    cursors: list[int | None] = []
    compute = answers_module.advice_at

    def counted(source: RunSource, step: int | None) -> Any:
        cursors.append(step)
        return compute(source, step)

    monkeypatch.setattr(answers_module, "advice_at", counted)
    return cursors


def test_a_line_under_the_scores_says_what_matters_most(new_run: MakeRun, tmp_path: Path) -> None:
    record_nuclei(new_run, tmp_path)
    show(tmp_path / "nuclei-1.objtui", keys(says=(SAID,)))


def test_on_a_small_screen_it_comes_before_deviations_in_lines_of_their_own(
    new_run: MakeRun, tmp_path: Path
) -> None:
    record_nuclei(new_run, tmp_path)
    show(
        tmp_path / "nuclei-1.objtui",
        keys(says=("what to do? ", "converged? no", "±7")),
        size=(80, 24),
    )


def test_it_goes_with_the_cursor(new_run: MakeRun, tmp_path: Path) -> None:
    record_nuclei(new_run, tmp_path)
    show(tmp_path / "nuclei-1.objtui", keys("home", not_says=(SAID,)))


def test_key_a_opens_the_advice_at_the_cursor(new_run: MakeRun, tmp_path: Path) -> None:
    record_nuclei(new_run, tmp_path)

    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("left", "a")
        await shows(pilot, "what to do about nuclei-1 at step 1 000", "background of bce")
        await pilot.press("a")
        await settled(pilot)
        await shows(pilot, "scores at step 1 000")

    show(tmp_path / "nuclei-1.objtui", steps)


def test_before_the_first_frame_key_a_says_so(new_run: MakeRun, tmp_path: Path) -> None:
    record_nuclei(new_run, tmp_path, state="starting", steps=())
    show(tmp_path / "nuclei-1.objtui", keys("a", says=("nothing is recorded yet",)))


def test_of_several_runs_that_of_the_head_in_focus_comes_first(three: list[Path]) -> None:
    show(three, keys(says=("what to do? nuclei-1: ",)))


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def read(path: Path) -> Comparison:
    source = RunSource(path)
    source.read_in()
    return Comparison([source])


def test_new_frames_are_judged_at_most_once_a_second_and_seen_ones_not_again(
    new_run: MakeRun, tmp_path: Path, judged: list[int | None]
) -> None:
    writer = record_nuclei(new_run, tmp_path, state="running", steps=(0, 10, 100))
    runs, clock = read(writer.path), Clock()
    line, live = AnswerLines(clock), ViewState(3)
    words = line.answers(runs, live)
    assert words
    for step in (200, 400):
        writer.append_frame(nuclei_frame(step))
        clock.now += 0.4
        runs.poll()
        assert line.answers(runs, live) == words
        assert len(judged) == 1
    assert not line.is_due
    clock.now += 0.4
    assert line.is_due
    line.answers(runs, live)
    assert (len(judged), line.is_due) == (2, False)
    line.answers(runs, live)
    assert len(judged) == 2
    # Where the cursor stands it is judged at once, and once.
    for step in (10, 100, 10, 100):
        line.answers(runs, ViewState(3, cursor=step))
    assert len(judged) == 3  # that of step 100 was the first of all
    runs.close()
    writer.close()


def test_a_run_that_ends_at_a_frame_seen_before_is_judged_as_ended(
    new_run: MakeRun, tmp_path: Path
) -> None:
    writer = record_nuclei(new_run, tmp_path, state="running")
    runs, line = read(writer.path), AnswerLines()
    said = {each.question: each.words for each in line.answers(runs, ViewState(3))}
    assert said["what to do?"].startswith("nothing needs mending")
    writer.finish("stopped", a_summary(1240), "the log\n")
    runs.poll()
    said = {each.question: each.words for each in line.answers(runs, ViewState(3))}
    assert said["what to do?"].startswith("train bce longer")
    runs.close()


def test_other_runs_than_that_in_focus_wait_for_a_cursor_that_moves(
    three: list[Path], judged: list[int | None]
) -> None:
    sources = [RunSource(path) for path in three]
    for source in sources:
        source.read_in()
    runs, clock = Comparison(sources), Clock()
    runs.poll()
    line = AnswerLines(clock)
    assert "what to do?" in {each.question for each in line.answers(runs, ViewState(8))}
    assert len(judged) == 3  # all have ended
    at_100 = ViewState(8, cursor=100)
    line.answers(runs, at_100)
    assert judged[3:] == [100]
    for seen in (2, 3):
        clock.now += 1
        assert line.is_due
        line.answers(runs, at_100)
        assert len(judged) == 3 + seen
    assert not line.is_due
    runs.close()


def test_a_run_file_that_is_gone_has_no_advice(
    new_run: MakeRun, tmp_path: Path, judged: list[int | None]
) -> None:
    path = record_nuclei(new_run, tmp_path).path
    runs = read(path)
    path.unlink()
    assert AnswerLines().answers(runs, ViewState(3)) == ()
    assert judged == [None]
    runs.close()


def test_key_a_shows_the_advice_of_every_run(new_run: MakeRun, tmp_path: Path) -> None:
    paths = [record_nuclei(new_run, tmp_path, name=name).path for name in ("one", "two")]

    async def steps(pilot: Pilot[Any], app: App[Any]) -> None:
        await pilot.press("tab", "a")
        await shows(pilot, "what to do about 2 runs", "── one ─")
        await pilot.press("end")
        await shows(pilot, "── two ─")

    show(paths, steps, (120, 40))


QUESTIONS = ("most extreme?", "calibrated?", "converged?", "what to do?")


def test_on_a_small_screen_every_answer_has_a_line_beside_claims(
    new_run: MakeRun, tmp_path: Path
) -> None:
    """Claims that have no room for a panel are counted in a line."""
    path = record_nuclei(new_run, tmp_path).path
    asked = [each for each in QUESTIONS if each != "calibrated?"]  # which that run leaves open
    show(path, keys(says=(*asked, "claims? 1 of 3 hold")), (80, 24))
