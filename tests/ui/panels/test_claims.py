"""The claims panel: a line a claim."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.claims.verdict import Verdict
from objtui.ui.panels.claims import claim_lines
from tests.runs_for_tests import a_history
from tests.ui.panels.panel_cases import ASCII, BRAILLE, THEMES, check_form, plain

CLAIMS = (
    ("Two neurons with softmax give the same scores as one with a sigmoid", "ce.gap < 1e-2"),
    ("Most of the saturated scores are background", "bce.saturated_neg > 0.9"),
    ("Squared error falls behind", "mse.nll > bce.nll"),
)
VERDICTS = (
    Verdict(*CLAIMS[0], "holds", 5, 5, ("ce.gap",), (0.001,) * 5),
    Verdict(*CLAIMS[1], "fails", 0, 5, ("bce.saturated_neg",), (0.5,) * 5),
    Verdict(*CLAIMS[2], "mixed", 3, 5, ("mse.nll", "bce.nll"), ((0.2, 0.1),) * 5),
)


def panel(
    theme=BRAILLE, width=110, height=5, verdicts=VERDICTS, claims=CLAIMS, by_run=None, whole=True
):
    header = a_history(claims=claims, seeds=5).header
    lines = claim_lines(header, verdicts, theme, width, height, by_run=by_run, whole=whole)
    check_form(lines, theme, width, height)
    return lines


@pytest.mark.parametrize(("theme", "signs"), [(BRAILLE, "✓✗~"), (ASCII, "+x~")])
def test_sign_text_test_and_seeds(theme, signs):
    lines = panel(theme)[1:-1]
    for line, sign, verdict in zip(lines, signs, VERDICTS, strict=True):
        content = line.plain[1:-1].strip()
        assert content.startswith(f"{sign} {verdict.text}")
        assert content.endswith(f"{verdict.test}  {verdict.holds}/5")


def test_before_the_first_frame_claims_are_open():
    lines = panel(verdicts=())
    assert lines[1].plain[1:].startswith(" – Two neurons")
    assert "–/5" in lines[1].plain


def test_claims_that_have_no_room_are_counted():
    lines = panel(height=4)
    assert "… 2 more" in lines[2].plain


def test_a_narrow_panel_keeps_the_text_before_the_test():
    line = panel(width=40)[1].plain
    assert "Two neurons with softmax" in line
    assert line.rstrip("│").rstrip().endswith("5/5")


def test_with_room_it_says_what_was_measured():
    text = plain(panel(height=8))
    assert "ce.gap 0.001" in text
    assert "mse.nll 0.2, bce.nll 0.1" in text


@pytest.mark.parametrize("whole", [True, False])
def test_of_a_whole_run_it_says_that_a_test_asks_for_more_steps(whole):
    early = replace(VERDICTS[0], note="judged at step 50, but the test asks for step 1000")
    text = plain(panel(height=8, verdicts=(early, *VERDICTS[1:]), whole=whole))
    assert ("; judged at step 50, but the test asks for step 1000" in text) == whole


FAILS = Verdict(*CLAIMS[0], "fails", 0, 3, ("ce.gap",), (0.7,) * 3)
SHARED = {CLAIMS[0]: (("first", VERDICTS[0]), ("second", FAILS), ("third", None))}
TOGETHER = (Verdict(*CLAIMS[0], "mixed", 5, 8, ("ce.gap",), (0.001,) * 5 + (0.7,) * 3),)


@pytest.mark.parametrize(
    ("width", "shares"), [(110, "first 5/5  second 0/3  third –"), (60, "5/5  0/3  –"), (40, "5/8")]
)
def test_what_several_runs_say_stands_there_by_run_where_there_is_room(width, shares):
    line = panel(width=width, height=3, verdicts=TOGETHER, claims=CLAIMS[:1], by_run=SHARED)[1]
    assert line.plain[1:-1].startswith(" ~ Two neurons")
    assert line.plain[1:-1].rstrip().endswith(f"  {shares}")


def test_what_was_measured_stands_there_by_run_too():
    text = plain(panel(height=4, verdicts=TOGETHER, claims=CLAIMS[:1], by_run=SHARED))
    assert "first: ce.gap 0.001; second: ce.gap 0.7" in text


@settings(deadline=None)
@given(
    theme=st.sampled_from(THEMES),
    width=st.integers(20, 200),
    height=st.integers(3, 12),
    claims=st.lists(st.tuples(st.text(), st.text()), max_size=6),
    known=st.booleans(),
)
def test_it_has_its_size_whatever_the_words(theme, width, height, claims, known):
    verdicts = [Verdict(*claim, "holds", 5, 5, ("a.nll",), (1.0,) * 5) for claim in claims]
    panel(theme, width, height, verdicts if known else (), tuple(claims))
