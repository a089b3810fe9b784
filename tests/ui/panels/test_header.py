"""The header line: what it says, and what goes first where room lacks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.runfile.records import NO_DEVICE
from objtui.runs.differing import DifferingKey
from objtui.ui.panels.header import comparison_line, header_line
from tests.runs_for_tests import a_history
from tests.ui.panels.panel_cases import BRAILLE, GREY, THEMES, check_form, styles_at

NOW = 1000.0


def header(width=120, theme=BRAILLE, now=NOW, title="Nuclei: three losses", **status):
    values = {"step": 1240, "steps_per_s": 4812.3, **status}
    line = header_line(a_history(status=values, title=title), theme, width, now)
    check_form([line], theme, width, 1)
    return line


def test_a_running_training_says_state_device_step_speed_and_time_left():
    line = header(steps_per_s=47.2).plain
    assert line.startswith(" objtui  Nuclei: three losses")
    assert line.endswith("running  cpu  step 1 240/2 000   47.2 steps/s   0:16 left ")


def test_a_note_stands_behind_the_title_as_far_as_there_is_room():
    history = a_history(title="Nuclei", note="before lr was changed")
    wide, narrow = (header_line(history, BRAILLE, width, NOW).plain for width in (120, 60))
    assert wide.startswith(" objtui  Nuclei (before lr was changed) ")
    assert "Nuclei (" in narrow
    assert "changed" not in narrow


def test_speed_has_three_digits():
    assert "4 810 steps/s" in header().plain


def test_nothing_moves_while_the_speed_is_unknown():
    known, unknown = header().plain, header(steps_per_s=0.0).plain
    assert "left" not in unknown
    assert "--" not in unknown
    assert unknown.index("running") == known.index("running")


def test_parts_go_as_it_gets_narrower_and_state_and_step_stay():
    gone = []
    for width in range(120, 40, -1):
        line = header(width).plain
        assert "running" in line
        assert "step 1 240/2 000" in line
        gone += [word for word in ("cpu", "steps/s", "objtui", "left") if word not in line]
    assert list(dict.fromkeys(gone)) == ["cpu", "steps/s", "objtui", "left"]


def test_a_failed_run_says_why_where_there_is_room():
    reason = "the data have no positive row"
    assert f"failed: {reason}" in header(state="failed", message=reason).plain
    assert "failed" in header(44, state="failed", message=reason).plain


@pytest.mark.parametrize("state", ["paused", "crashed", "stopped", "diverged", "finished"])
def test_every_state_is_said(state):
    line = header(state=state)
    assert state in line.plain
    assert "left" not in line.plain


def test_an_ended_run_says_how_long_it_took():
    assert "in 0:31" in header(state="finished", step=2000).plain


def test_a_trainer_that_writes_nothing_is_said_to_be_silent():
    assert "silent for 0:25" in header(now=NOW + 25).plain


def test_a_measured_run_has_neither_device_nor_time_and_a_step_where_there_are_several():
    def line(steps):
        history = a_history(
            status={"state": "finished", "step": steps}, device=NO_DEVICE, steps=steps
        )
        return header_line(history, BRAILLE, 80, NOW).plain

    assert line(1).split()[-1] == "measured"
    assert line(300).endswith("measured  step 300/300 ")


def test_the_state_has_a_colour_only_where_hues_are_wanted():
    assert "green" in styles_at(header(), "running")
    assert styles_at(header(theme=GREY, state="crashed"), "crashed") == "bold"


@settings(deadline=None)
@given(
    st.sampled_from(THEMES),
    st.integers(4, 220),
    st.text(),
    st.text(),
    st.sampled_from(["starting", "running", "paused", "failed", "finished", "crashed"]),
    st.floats(0, 1e9),
)
def test_it_is_as_wide_as_it_should_be(theme, width, title, message, state, speed):
    header(width, theme, title=title, message=message, state=state, steps_per_s=speed)


@pytest.mark.parametrize("several", [False, True])
def test_while_more_is_in_the_file_it_says_so_in_the_place_of_a_step_not_shown_yet(several):
    history = a_history(status={"state": "finished", "step": 2000})

    def line(at="", **options):
        if several:
            of = history.header, [history] * 2
            return comparison_line(*of, BRAILLE, 80, [NOW] * 2, at, **options).plain
        return header_line(history, BRAILLE, 80, NOW, at, **options).plain

    assert "step 2 000" in line()
    assert "reading the run" in line(reading=True)
    assert "step 2 000" not in line(reading=True)
    assert "reading" not in line("at step 5", reading=True)


def test_of_several_runs_it_says_what_differs_as_far_as_there_is_room():
    history = a_history(title="2 runs: a, b")
    differing = [
        DifferingKey("data.separation", ("2.0", "3.0")),
        DifferingKey("train.lr", ("0.001", "0.01")),
    ]

    def line(width):
        drawn = comparison_line(
            history.header, [history] * 2, BRAILLE, width, [NOW] * 2, differing=differing
        )
        check_form([drawn], BRAILLE, width, 1)
        return drawn.plain

    assert "a, b ── data.separation: 2.0 | 3.0 ── train.lr: 0.001 | 0.01 " in line(140)
    assert "data.separation: 2.0 | 3.0 ── D: 1 more differ" in line(98)
    assert "D: what differs" in line(80)
    assert "differ" not in line(50)
