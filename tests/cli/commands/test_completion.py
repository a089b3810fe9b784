"""`objtui completion`: the scripts, loaded and asked by real shells where there are any."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from objtui.cli.commands import COMMANDS
from objtui.cli.commands.completion import SHELLS
from objtui.cli.main import main
from objtui.scenario.bundled import bundled_names

if TYPE_CHECKING:
    from objtui.runfile.writer import RunWriter

BASH = shutil.which("bash")

ASK = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
function_name=$(complete -p objtui | sed 's/.*-F \\([^ ]*\\).*/\\1/')
"$function_name" objtui "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture
def script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[str], Path]:
    def write(shell: str) -> Path:
        assert main(["completion", shell]) == 0
        path = tmp_path / f"objtui.{shell}"
        path.write_text(capsys.readouterr().out)
        return path

    return write


@pytest.fixture
def asked(
    tmp_path: Path, script: Callable[[str], Path], new_run: Callable[..., RunWriter]
) -> Callable[..., set[str]]:
    """What bash offers for words, the last one unfinished, in a folder with runs."""
    (tmp_path / "runs").mkdir()
    for name in ("nuclei-1", "nuclei-2", "other"):
        new_run(name, tmp_path / "runs")
    (tmp_path / "runs" / "$(touch pwned).objtui").touch()
    (tmp_path / "mine.toml").touch()
    path = script("bash")

    def ask(*words: str, **environ: str) -> set[str]:
        assert BASH is not None
        done = subprocess.run(
            [BASH, "--norc", "-c", ASK, "bash", str(path), "objtui", *words],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], **environ},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        assert not (tmp_path / "pwned").exists()
        return {line.strip() for line in done.stdout.splitlines()} - {""}

    return ask


@pytest.mark.skipif(BASH is None, reason="needs bash")
def test_bash_completes_commands_options_choices_scenarios_and_runs(
    asked: Callable[..., set[str]],
) -> None:
    assert {command.name for command in COMMANDS} <= asked("")
    assert asked("wat") == {"watch"}
    assert "--headless" in asked("run", "--")
    assert asked("run", "nuclei", "--glyphs", "b") == {"braille", "block"}
    assert asked("watch", "nuc") == {"nuclei-1", "nuclei-2"}
    assert {"last", "other"} <= asked("export", "")
    assert {*bundled_names(), "mine.toml"} <= asked("run", "")
    assert asked("show", "satur") == {"saturation"}
    assert asked("help", "gloss") == {"glossary"}
    assert asked("completion", "z") == {"zsh"}


@pytest.mark.skipif(BASH is None, reason="needs bash")
def test_runs_are_those_of_the_folder_in_the_environment(
    asked: Callable[..., set[str]], tmp_path: Path
) -> None:
    assert asked("watch", "", OBJTUI_RUNS=str(tmp_path / "none")) == {"last"}


@pytest.mark.parametrize("shell", SHELLS)
def test_every_script_names_every_command_and_is_taken_by_its_shell(
    shell: str, script: Callable[[str], Path]
) -> None:
    path = script(shell)
    text = path.read_text()
    for command in COMMANDS:
        assert command.name in text
    assert "_objtui_runs" in text
    assert "%BUNDLED%" not in text
    assert "saturation" in text
    if program := shutil.which(shell):
        done = subprocess.run(
            [program, "-n", str(path)], check=False, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")
