"""The dashboard's first line."""

from __future__ import annotations

from objtui.ui.dashboard.first_line import starting_line


def test_it_says_how_far_the_building_of_the_data_is_beside_a_title_of_any_length() -> None:
    for title in ("Nuclei", "A title that is far longer than the line is wide " * 3):
        line = starting_line(title, 80, "building training anchors 42 %").plain
        assert len(line) <= 80
        assert line.endswith("starting: building training anchors 42 %")


def test_it_says_only_that_it_starts_where_nothing_is_built() -> None:
    assert starting_line("Nuclei", 80).plain == " objtui  Nuclei  starting"
