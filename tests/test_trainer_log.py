"""What is read back from a trainer's log."""

from __future__ import annotations

from pathlib import Path

import pytest

from objtui.trainer_log import last_building, say, say_building


def test_the_last_word_on_a_building_is_found_among_other_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    say_building("training anchors", 0.05)
    say_building("validation anchors", 0.998)
    say("something else, 5 % of it")
    (tmp_path / "log").write_text(capsys.readouterr().out)
    assert last_building(tmp_path / "log") == "building validation anchors 100 %"


def test_a_log_without_a_word_on_it_or_that_is_gone_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("2026-01-01 00:00:00 a-1 begins on cpu, 1 threads\n")
    assert last_building(tmp_path / "log") == ""
    assert last_building(tmp_path / "none") == ""
