"""The command line as a person meets it: a real process, its output and exit code."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import objtui
from objtui.cli.commands import COMMANDS
from objtui.cli.main import main
from tests.patience import GIVE_UP_S

ROOT = Path(objtui.__file__).parent.parent
HEAVY = ("torch", "textual", "plotext", "pydantic", "numpy", "rich")


def run(
    *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """`objtui` with arguments, to its end."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "objtui", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        timeout=GIVE_UP_S,
        check=False,
    )


def loaded_by(*arguments: str) -> set[str]:
    """The heavy packages that a command line imports."""
    code = (
        "import sys; from objtui.cli.main import main; code = main(sys.argv[1:]); "
        f"print(*(name for name in {HEAVY} if name in sys.modules), file=sys.stderr); "
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=GIVE_UP_S,
        check=True,
    )
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "arguments", [["--help"], ["run", "--help"], ["scenarios"], [], ["--runs", "x"]]
)
def test_help_and_lists_import_nothing_heavy(arguments: list[str]) -> None:
    assert loaded_by(*arguments) == set()


def test_showing_a_scenario_imports_no_torch_and_no_dashboard() -> None:
    assert loaded_by("show", "spread").isdisjoint({"torch", "textual", "plotext", "rich"})


def test_without_a_command_it_prints_the_help() -> None:
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert all(command.name in done.stdout for command in COMMANDS)


def test_the_version_is_printed() -> None:
    assert run("--version").stdout == f"objtui {objtui.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["scenaros"], 'unknown command "scenaros"; did you mean "scenarios"?'),
        (["x"], 'unknown command "x"; commands: run, '),
        (["show"], "the following arguments are required: SCENARIO (see `objtui show --help`)"),
        (["show", "spread", "--sets", "a=1"], "unknown argument --sets a=1; did you mean --set?"),
        (["show", "spread", "--seeds", "0"], "argument --seeds: expected a whole number from 1 on"),
        (["show", "spred"], 'did you mean "spread"?'),
        (["show", "spread", "--device", "gpu"], "--device: train.device: expected auto, cpu"),
        (["--verson"], "unknown argument --verson; did you mean --version?"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    assert main(arguments) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.startswith("objtui: error: ")
    assert written.err.count("\n") == 1
    assert expected in written.err


def test_every_problem_of_a_scenario_is_a_line_of_stderr(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text('title = 3\n[data]\nsource = "gausians"\n')
    done = run("show", "bad.toml", "--set", "train.stepz=1", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "objtui: error: bad.toml:1: title: expected a string that is not empty, got 3",
        "objtui: error: bad.toml:1: heads: missing; expected a list of tables, at least one",
        'objtui: error: bad.toml:3: data.source: expected "points", "gaussians", "logistic", '
        '"table", "coco", "yolo" or "scenes", got "gausians"; did you mean "gaussians"?',
        "objtui: error: --set: train.stepz: unknown key; did you mean steps?",
    ]


def test_scenarios_are_listed_a_line_each_name_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == sorted(line.split()[0] for line in lines)
    assert any(
        line.split(maxsplit=1) == ["nuclei", "Does the loss decide how extreme objectness gets?"]
        for line in lines
    )


def test_show_prints_what_would_be_run(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["show", "nuclei", "--set", "heads.mse.lr_scale=2", "--seeds", "2"]
    assert main([*arguments, "--device", "cpu"]) == 0
    shown = tomllib.loads(capsys.readouterr().out)
    assert shown["train"]["seeds"] == 2
    assert shown["train"]["device"] == "cpu"
    assert shown["heads"][2]["lr_scale"] == 2.0


def test_schema_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "objtui scenario"


def test_new_writes_a_scenario_that_show_reads(tmp_path: Path) -> None:
    done = run("new", "my own.toml", cwd=tmp_path)
    assert done.stdout == "wrote my own.toml; train it with: objtui run 'my own.toml'\n"
    assert run("show", "my own.toml", cwd=tmp_path).returncode == 0
    again = run("new", "my own.toml", cwd=tmp_path)
    assert again.returncode == 2
    taken = "my own.toml is there already; nothing was written: give another name"
    assert again.stderr == f"objtui: error: {taken}\n"


def test_a_reader_that_goes_away_ends_it_quietly() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "objtui", "schema"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=GIVE_UP_S,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", ["--help", "help scores", "runs --help", "schema"])
def test_output_that_nothing_takes_is_an_error_of_its_place(arguments: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "objtui", *arguments.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.stderr == b"objtui: error: standard output: No space left on device\n"
    assert done.returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", ["nonsense", "run nowhere.toml"])
def test_an_error_that_nobody_can_be_told_has_its_exit_code(arguments: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "objtui", *arguments.split()], stderr=full, check=False
        )
    assert done.returncode == 2


def test_an_encoding_that_lacks_a_character_does_not_fail() -> None:
    done = run("schema", PYTHONUTF8="0", PYTHONIOENCODING="ascii:strict")
    assert (done.returncode, done.stderr) == (0, "")


def test_an_interrupt_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("objtui.scenario.bundled.bundled_questions", interrupted)
    assert main(["scenarios"]) == 130


def test_an_interrupt_while_packages_are_imported_is_130_without_a_traceback(
    tmp_path: Path,
) -> None:
    (tmp_path / "difflib.py").write_text("raise KeyboardInterrupt")
    done = run("--help", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_an_interrupt_that_a_package_takes_for_its_own_error_is_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise SystemError("initialization failed") from None

    monkeypatch.setattr("objtui.scenario.bundled.bundled_questions", interrupted)
    before = signal.getsignal(signal.SIGINT)
    assert main(["scenarios"]) == 130
    assert signal.getsignal(signal.SIGINT) is before
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EMFILE, "Too many open files"),
        (errno.EFBIG, "standard output: File too large"),
    ],
)
def test_an_error_of_the_system_is_one_of_standard_output_where_it_can_be(
    number: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def failing(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("objtui.scenario.bundled.bundled_questions", failing)
    assert main(["scenarios"]) == 2
    assert capsys.readouterr().err == f"objtui: error: {words}\n"


def test_a_fault_of_our_own_is_said_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def faulty(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("objtui.scenario.bundled.bundled_questions", faulty)
    assert main(["scenarios"]) == 3
    assert capsys.readouterr().err.startswith("objtui: error: this is a fault of objtui: KeyError")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", ["runs", "scenarios", "show spread"])
def test_closed_standard_streams_are_no_fault(command: str, closed: str, tmp_path: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m objtui {command} {closed}",
        shell=True,
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=GIVE_UP_S,
    )
    assert done.returncode == 0, done.stderr
    assert "fault" not in done.stderr
