"""`objtui watch` of two runs in a real terminal."""

from __future__ import annotations

from pathlib import Path

from tests.runs_for_tests import MakeRun, record_flat
from tests.ui.terminal_driver import OpenTerminal, is_given_back


def test_two_runs_stand_side_by_side_under_one_cursor_until_q(
    terminal: OpenTerminal, new_run: MakeRun
) -> None:
    paths = [
        record_flat(new_run, name, steps=(0, 10, last)).path
        for name, last in (("short", 40), ("long", 100))
    ]
    opened = terminal("watch", *(path.name for path in paths))
    before = opened.attributes()
    screen = opened.wait_for("2 runs: short, long", "short:bce", "long:bce", "scores at step 100")
    assert "They agree" in screen
    assert screen.count("They agree") == 1  # a claim of both
    assert "space pause" not in screen
    opened.press("\x1b[D")
    opened.wait_for("at step 40 of 100", "scores at step 40")
    opened.press("\x1b[H")
    opened.wait_for("at step 0 of 100", "scores at step 0")
    opened.press("q")
    assert opened.exit_code() == 0
    assert is_given_back(opened)
    assert opened.attributes() == before
    assert opened.after_the_screen().splitlines()[:2] == [
        "short  finished  step 40/100",
        "long  finished  step 100/100",
    ]


def test_a_question_is_answered_by_keys_that_all_come_at_once_with_it(
    terminal: OpenTerminal,
    new_run: MakeRun,
    tmp_path: Path,
) -> None:
    opened = terminal("watch", record_flat(new_run, "typed", steps=(0, 10, 100)).path.name)
    opened.wait_for("scores at step 100")
    opened.press(":10\r")
    opened.wait_for("at step 10 of 100", "scores at step 10")
    opened.press("e-of-all\r")
    opened.wait_for("written:")
    assert [place.name for place in tmp_path.rglob("*-of-all")] == ["typed-csv-of-all"]
    opened.press("q")
    assert opened.exit_code() == 0
