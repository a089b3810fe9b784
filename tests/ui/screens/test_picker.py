"""The picker: scenarios and runs in two lists, chosen by keyboard."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from screens_host import ASCII_LOOK, Host, drive, shows
from textual.pilot import Pilot

from objtui.runfile.records import RunSummary
from objtui.scenario.bundled import bundled_names, bundled_path, bundled_questions
from objtui.ui.look import Look
from objtui.ui.screens import picker as picker_module
from objtui.ui.screens.choices import Choice
from objtui.ui.screens.picker import PickerScreen

SUMMARY = RunSummary(steps=100, wall_s=5.0, start_s=1.0, train_s=2.0, eval_s=0.5)
MINE = 'title = "Mine"\nquestion = "Is it mine?"\n[data]\n[[heads]]\n'

NewRun = Callable[..., object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a scenario of one's own, a broken one and a file of something else."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "mine.toml").write_text(MINE)
    (folder / "torn.toml").write_text('title = "Torn\n')
    (folder / "pyproject.toml").write_text('[project]\nname = "other"\n')
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """An empty folder of runs."""
    runs = tmp_path / "runs"
    runs.mkdir()
    return runs


def finish(new_run: NewRun, runs: Path, name: str, **changes: object) -> None:
    run = new_run(name, runs, **changes)
    run.finish("finished", SUMMARY, "")


def a_picker(folder: Path, runs: Path, look: Look | None = None) -> PickerScreen:
    return PickerScreen(folder, runs, look or Look(), clock=lambda: time.time() + 120)


def pressing(*keys: str) -> Callable:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.press(*keys)

    return steps


def test_every_scenario_stands_there_with_its_question(
    folder: Path, runs: Path, size: tuple[int, int]
) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        rows = host.rows()
        for bundled in bundled_questions():
            assert any(bundled.name in row and bundled.question in row for row in rows)
        assert any("mine.toml" in row and "Is it mine?" in row for row in rows)
        assert "pyproject" not in host.text()

    drive(a_picker(folder, runs), steps, size)


def test_a_broken_scenario_file_says_why_and_is_not_chosen(folder: Path, runs: Path) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert any("torn.toml" in row and "broken: " in row for row in host.rows())
        await pilot.press("end", "enter")
        assert not host.is_closed
        assert "torn.toml is broken: " in host.text()
        assert "line 1" in host.text()

    drive(a_picker(folder, runs), steps)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"a = 1" + b"0" * 5000, "broken: "),
    ],
)
def test_whatever_is_in_a_scenario_file_is_borne(
    folder: Path, runs: Path, content: bytes, reason: str
) -> None:
    (folder / "odd.toml").write_bytes(content)

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert any("odd.toml" in row and reason in row for row in host.rows())

    drive(a_picker(folder, runs), steps)


def test_texts_of_another_kind_and_escape_codes_are_borne(folder: Path, runs: Path) -> None:
    (folder / "odd.toml").write_text('title = 3\nquestion = "\\u001b[31mred"\nheads=1\ndata=2\n')

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert any("odd.toml" in row and " [31mred" in row for row in host.rows())

    drive(a_picker(folder, runs), steps)


def test_enter_chooses_the_scenario_under_the_cursor(folder: Path, runs: Path) -> None:
    first = drive(a_picker(folder, runs), pressing("enter"))
    assert first.result == Choice("scenario", bundled_names()[0])


@pytest.mark.parametrize(
    ("keys", "at"),
    [
        (["down"], 1),
        (["j", "j"], 2),
        (["j", "j", "up"], 1),
        (["down", "k", "k"], 0),
        (["pagedown", "home", "down"], 1),
        (["pagedown", "pageup"], 0),
    ],
)
def test_keys_move_the_cursor(folder: Path, runs: Path, keys: list[str], at: int) -> None:
    chosen = drive(a_picker(folder, runs), pressing(*keys, "enter")).result
    assert chosen == Choice("scenario", bundled_names()[at])


def test_a_file_of_the_folder_is_chosen_by_its_path(folder: Path, runs: Path) -> None:
    chosen = drive(a_picker(folder, runs), pressing("end", "up", "enter")).result
    assert chosen == Choice("scenario", str(folder / "mine.toml"))


def test_a_bundled_name_that_a_file_here_has_too_is_given_as_path(folder: Path, runs: Path) -> None:
    name = bundled_names()[0]
    (folder / name).touch()
    chosen = drive(a_picker(folder, runs), pressing("enter")).result
    assert chosen == Choice("scenario", str(bundled_path(name)))


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
def test_it_quits_without_a_choice(folder: Path, runs: Path, key: str) -> None:
    host = drive(a_picker(folder, runs), pressing(key))
    assert host.is_closed
    assert host.result is None


def test_runs_stand_there_with_state_scenario_progress_and_age(
    folder: Path, runs: Path, new_run: NewRun, size: tuple[int, int]
) -> None:
    finish(new_run, runs, "old-1", steps=2000, scenario="my/deep.toml")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(host, pilot, "old-1")
        (row,) = (row for row in host.rows() if "old-1" in row)
        for cell in ("finished", "deep", "100/2 000", "2 min ago"):
            assert cell in row

    drive(a_picker(folder, runs), steps, size)


def test_tab_goes_to_the_runs_and_back(folder: Path, runs: Path, new_run: NewRun) -> None:
    finish(new_run, runs, "old-1")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(host, pilot, "old-1")
        await pilot.press("tab", "tab", "shift+tab", "enter")

    chosen = drive(a_picker(folder, runs), steps).result
    assert chosen == Choice("run", str(runs / "old-1.objtui"))


def test_a_damaged_run_file_says_why_and_is_not_chosen(
    folder: Path, runs: Path, size: tuple[int, int]
) -> None:
    (runs / "torn-1.objtui").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(host, pilot, "torn-1")
        assert any("torn-1" in row and "unreadable" in row for row in host.rows())
        await pilot.press("tab", "enter")
        assert not host.is_closed
        assert "torn-1 cannot be read: " in host.text()

    drive(a_picker(folder, runs), steps, size)


def test_runs_come_while_it_is_open_and_the_cursor_stays_on_its_row(
    folder: Path, runs: Path, new_run: NewRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picker_module, "REFRESH_S", 0.1)
    finish(new_run, runs, "old-1")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(host, pilot, "old-1")
        await pilot.press("tab")
        finish(new_run, runs, "newer-1", created_at=time.time() + 60)
        await shows(host, pilot, "newer-1")
        await pilot.press("enter")

    assert drive(a_picker(folder, runs), steps).result.value.endswith("old-1.objtui")


def test_no_runs_say_what_to_do(folder: Path, runs: Path, size: tuple[int, int]) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(host, pilot, "There is no run in")
        await pilot.press("tab", "down", "up", "pagedown", "home", "end", "enter")
        assert not host.is_closed

    drive(a_picker(folder, runs), steps, size)


def test_a_runs_folder_that_is_none_says_what_to_do(folder: Path, tmp_path: Path) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(host, pilot, "There is no run in")

    drive(a_picker(folder, tmp_path / "none"), steps)


def test_a_runs_folder_that_cannot_be_read_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    Path("runs").write_text("a file")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(host, pilot, "runs: cannot be read")

    drive(a_picker(folder, Path("runs")), steps)


def test_no_scenarios_say_what_to_do(
    folder: Path, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picker_module, "scenario_rows", lambda folder, look: [])

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert "objtui new" in host.text()
        await pilot.press("down", "enter")
        assert not host.is_closed

    drive(a_picker(folder, runs), steps)


def test_typing_filters_both_lists(folder: Path, runs: Path, new_run: NewRun) -> None:
    finish(new_run, runs, "mine-1")
    finish(new_run, runs, "other-1")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(host, pilot, "other-1")
        await pilot.press("/", *"MINE")
        text = host.text()
        assert "mine.toml" in text
        assert "mine-1" in text
        assert "other-1" not in text
        assert bundled_names()[0] not in text
        assert "filter: MINE" in text
        await pilot.press("enter")

    chosen = drive(a_picker(folder, runs), steps).result
    assert chosen == Choice("scenario", str(folder / "mine.toml"))


def test_escape_clears_the_filter(folder: Path, runs: Path) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.press("/", "q", "j", "k")
        assert not host.is_closed
        assert "nothing here matches" in host.text()
        await pilot.press("escape")
        assert "mine.toml" in host.text()
        await pilot.press("q")

    assert drive(a_picker(folder, runs), steps).result is None


def test_backspace_takes_a_letter_of_the_filter_back(folder: Path, runs: Path) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.press("/", *"minex")
        assert "mine.toml" not in host.text()
        await pilot.press("backspace")
        assert "mine.toml" in host.text()

    drive(a_picker(folder, runs), steps)


def test_the_focus_goes_where_the_filter_leaves_something(
    folder: Path, runs: Path, new_run: NewRun
) -> None:
    finish(new_run, runs, "zzz-1")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(host, pilot, "zzz-1")
        await pilot.press("/", *"zzz", "enter")

    chosen = drive(a_picker(folder, runs), steps).result
    assert chosen == Choice("run", str(runs / "zzz-1.objtui"))


def test_long_lists_scroll_with_the_cursor(folder: Path, runs: Path) -> None:
    for number in range(20):
        (folder / f"s{number:02}.toml").write_text(MINE)

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        assert "s19.toml" not in host.text()
        await pilot.press(*["pagedown"] * 3, "up")
        assert "s19.toml" in host.text()
        assert bundled_questions()[0].question not in host.text()
        await pilot.press("home")
        assert bundled_names()[0] in host.text()

    drive(a_picker(folder, runs), steps)


def test_a_double_click_chooses(folder: Path, runs: Path) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await pilot.click("#scenarios", offset=(5, 2), times=2)

    assert drive(a_picker(folder, runs), steps).result.value == bundled_names()[1]


def test_it_bears_every_size(folder: Path, runs: Path) -> None:
    async def steps(host: Host, pilot: Pilot[None]) -> None:
        for width, height in ((10, 4), (1, 1), (200, 60), (80, 24)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
        assert "mine.toml" in host.text()

    drive(a_picker(folder, runs), steps)


def test_it_is_ascii_on_demand(
    folder: Path, runs: Path, new_run: NewRun, size: tuple[int, int]
) -> None:
    finish(new_run, runs, "old-1", question="± ?")
    (folder / "größe.toml").write_text(MINE.replace("mine", "meins, für → mich " * 20))

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(host, pilot, "old-1")
        assert host.text().isascii()
        await pilot.press("tab")
        assert host.text().isascii()
        await pilot.press("/", "ö")
        assert host.text().isascii()

    drive(a_picker(folder, runs, ASCII_LOOK), steps, size)


def test_marked_runs_are_opened_together_in_the_order_of_marking(
    folder: Path, runs: Path, new_run: NewRun
) -> None:
    for age, name in enumerate(("c-1", "b-1", "a-1")):
        finish(new_run, runs, name, created_at=time.time() - 10 * (3 - age))

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(host, pilot, "recorded runs (3)")
        await pilot.press("tab", "space", "space", "up", "up", "space", "end", "space")
        await shows(host, pilot, "2 marked: enter opens them together")
        assert sum(row[1:2] == "*" for row in host.rows()) == 2
        await pilot.press("enter")

    chosen = drive(a_picker(folder, runs), steps, (120, 40)).result
    assert chosen == Choice("run", str(runs / "b-1.objtui"), (str(runs / "c-1.objtui"),))


def test_a_scenario_is_not_marked_and_space_in_a_filter_is_typed(
    folder: Path, runs: Path, new_run: NewRun
) -> None:
    finish(new_run, runs, "only-1")

    async def steps(host: Host, pilot: Pilot[None]) -> None:
        await shows(host, pilot, "recorded runs (1)")
        await pilot.press("home", "space", "slash", "a", "space", "b")
        await shows(host, pilot, "filter: a b_")
        assert "marked" not in host.text()

    drive(a_picker(folder, runs), steps)
