"""The zoomed scores: every score of every head under what it is about."""

from __future__ import annotations

import pytest

from objtui.measures.scores import DETECTION_SCORES, GROUPS, SCORES
from objtui.ui.panels.scores.panel import column_label, score_panel
from objtui.ui.panels.scores.whole import whole_scores
from tests.runs_for_tests import a_history
from tests.ui.panels.panel_cases import ASCII, BRAILLE, THEMES, a_scene, plain, styles_at


def test_every_score_that_is_computed_has_a_group() -> None:
    assert all(score.group != "other" for score in (*SCORES, *DETECTION_SCORES))
    assert {score.group for score in DETECTION_SCORES} == {"detection"}
    assert {score.group for score in SCORES} == set(GROUPS[:4])


@pytest.mark.parametrize("theme", THEMES, ids=str)
@pytest.mark.parametrize("width", [58, 78, 198])
def test_every_score_stands_there_once_under_its_group(width, theme):
    scene = a_scene(a_history({0: [[0.5, 0.7], [0.1, 0.3]]}), theme)
    content = whole_scores(scene, 0, width)
    text = [line.plain for line in content.lines]
    assert all(line.cell_len <= width for line in content.lines)
    assert [line.strip() for line in text if line.strip() in GROUPS][:4] == list(GROUPS[:4])
    if width >= 78:
        for score in SCORES:
            label = column_label(score.name, theme)[:8]
            assert sum(
                line.startswith(f"  {label} ") or line[2:].startswith(label) for line in text
            )
        assert sum(score.meaning.split()[0] in "\n".join(text) for score in SCORES) == len(SCORES)
    if theme.glyphs == "ascii":
        assert plain(content.lines).isascii()


def test_values_are_those_of_the_panel_with_the_best_in_bold():
    scene = a_scene(a_history({0: [[0.5, 0.7], [0.1, 0.3]]}))
    content = whole_scores(scene, 0, 78)
    [line] = [line for line in content.lines if line.plain.startswith("  nll")]
    assert line.plain.split()[1:5] == [".6000", "±.1414", ".2000", "±.1414"]
    assert "bold" in styles_at(line, ".2000")
    assert "bold" not in styles_at(line, ".6000")


def test_heads_without_room_side_by_side_come_one_table_below_the_other():
    names = tuple(f"head{number}" for number in range(8))
    scene = a_scene(a_history({0: [[0.5, 0.5]] * 8}, names=names), ASCII)
    text = plain(whole_scores(scene, 0, 60).lines)
    assert all(name in text for name in names)
    assert text.count("quality") == 4


def test_without_a_frame_there_is_nothing_to_scroll():
    assert whole_scores(a_scene(a_history({})), 0, 60) is None


def test_where_there_is_room_below_the_table_columns_are_said_in_words():
    scene = a_scene(a_history({0: [[0.5, 0.7], [0.1, 0.3]]}), BRAILLE)
    assert "average precision, ranked by logits" in plain(score_panel(scene, 0, 80, 20))
    assert "average precision" not in plain(score_panel(scene, 0, 80, 10))
