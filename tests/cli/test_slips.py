"""Slips of the pen on the command line: each is told what was meant."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from objtui.cli.commands import COMMANDS
from objtui.cli.main import main
from objtui.cli.slips import MEANT, ONE_TOO_MANY
from objtui.runfile.find import SWEEP_RECORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from objtui.runfile.writer import RunWriter


@pytest.fixture(autouse=True)
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_run: Callable[..., RunWriter]
) -> None:
    """A folder with a scenario `mine.toml`, runs `mine-1` and `spread-1`, a sweep `swept`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OBJTUI_RUNS", raising=False)
    Path("runs").mkdir()
    Path("mine.toml").write_text("title = 'Mine'")
    Path("runs/swept").mkdir()
    Path("runs/swept", SWEEP_RECORD).touch()
    for name in ("mine-1", "spread-1"):
        new_run(name, Path("runs"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("run a b", "run takes one scenario; to compare recorded runs: objtui watch RUN RUN"),
        ("run a b", "too much: b"),
        ("runs foo", "runs lists all of them; to show one: objtui watch RUN"),
        ("resume mine-1 spread-1", "resume takes one RUN; too much: spread-1"),
        ("stop mine-1 spread-1", "stop takes one RUN; too much: spread-1"),
        ("show nuclei spread", "show takes one SCENARIO; too much: spread"),
        ("rename mine-1 a b", "rename takes a run and its new name, which has no blanks"),
        ("scenarios nuclei", "to print one: objtui show SCENARIO"),
        ("doctor me", "doctor takes options alone; too much: me"),
        ("compare a b", 'unknown command "compare"; to compare recorded runs: objtui watch RUN'),
        ("train nuclei", "objtui run SCENARIO"),
        ("nuclei", 'unknown command "nuclei"; it is a scenario; to train it: objtui run nuclei'),
        ("mine.toml", "objtui run mine.toml"),
        ("mine-1", "it is a run; to show it: objtui watch mine-1"),
        ("help compare", 'no command is called "compare"; to compare recorded runs'),
        ("help nonsense", "there are: scores, claims"),
        ("watch nuclei", "nuclei is a scenario, not a run; to train it: objtui run nuclei"),
        ("watch mine.toml", "mine.toml is a scenario, not a run"),
        ("export nuclei", "nuclei is a scenario, not a run"),
        ("rm nuclei --yes", "nuclei is a scenario, not a run"),
        ("resume nuclei", "nuclei is a scenario, not a run"),
        ("watch nonsense", "there is no run 'nonsense' in runs; `objtui runs` lists them"),
        ("run mine-1", "mine-1 is a run, not a scenario; to show it: objtui watch mine-1"),
        ("run runs/mine-1.objtui", "runs/mine-1.objtui is a run, not a scenario"),
        ("check mine-1", "mine-1 is a run, not a scenario"),
        ("show mine-1", "to go on with it: objtui resume mine-1"),
        ("show swept", "swept is a sweep, not a scenario; to show it: objtui watch swept"),
        ("run swept", "to go on with it: objtui sweep resume swept"),
    ],
)
def test_it_is_one_line_that_names_the_right_command(
    capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    assert main(line.split()) == 2
    (error,) = (
        each for each in capsys.readouterr().err.splitlines() if "stdout is no terminal" not in each
    )
    assert error.startswith("objtui: error: ")
    assert said in error


def test_the_start_of_runs_comes_before_a_scenario_of_that_name(
    capsys: pytest.CaptureFixture[str], new_run: Callable[..., RunWriter]
) -> None:
    new_run("spread-2", Path("runs"))
    assert main(["pause", "spread"]) == 2
    assert "'spread' may be any of spread-1, spread-2" in capsys.readouterr().err


def test_every_hint_names_commands_that_there_are() -> None:
    names = {command.name for command in COMMANDS}
    for hint in (*MEANT.values(), *ONE_TOO_MANY.values()):
        named = re.findall(r"objtui ([a-z]+)", hint)
        assert named or "objtui --version" in hint or hint in ONE_TOO_MANY.values()
        assert set(named) <= names
    assert names.isdisjoint(MEANT)
    assert set(ONE_TOO_MANY) <= names
