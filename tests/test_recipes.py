"""The recipes of .github/CONTRIBUTING.md, followed to the letter in a copy of the package.

Each edits the files that its recipe names, and no other.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import objtui
from tests.patience import GIVE_UP_S
from tests.runs_for_tests import MakeRun, record_flat

PACKAGE = Path(objtui.__file__).parent
TESTS = Path(__file__).parent.parent


def insert_before(path: Path, mark: str, text: str) -> None:
    """Put text before the one place of a file that reads so."""
    before, found, after = path.read_text(encoding="utf-8").partition(mark)
    assert found, f"{path} has no {mark!r}"
    path.write_text(before + text + found + after, encoding="utf-8")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package that has one more format and one more command."""
    folder = tmp_path_factory.mktemp("tree")
    package = folder / "objtui"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    add_a_format(package)
    add_a_command(package)
    return folder


def add_a_format(package: Path) -> None:
    (package / "export" / "names.py").write_text(
        "def write_names(runs, place):\n"
        "    place.write_text(''.join(f'{run.name}\\n' for run in runs))\n"
        "def stream_names(runs, out):\n"
        "    out.writelines(f'{run.name}\\n' for run in runs)\n"
    )
    insert_before(
        package / "export" / "formats.py",
        ')\n"""Every format',
        '    ExportFormat("names", "the names of runs alone", ".names",\n'
        '        "objtui.export.names:write_names",\n'
        '        stream="objtui.export.names:stream_names", several=True),\n',
    )


def add_a_command(package: Path) -> None:
    (package / "cli" / "commands" / "count.py").write_text(
        '"""`objtui count FILE`: the lines of a file."""\n'
        "from pathlib import Path\n"
        "class CountCommand:\n"
        '    name, help = "count", "count the lines of a file"\n'
        "    def add_arguments(self, parser):\n"
        '        parser.add_argument("file", metavar="FILE")\n'
        "    def run(self, args):\n"
        "        print(len(Path(args.file).read_text().splitlines()))\n"
        "        return 0\n"
    )
    registry = package / "cli" / "commands" / "__init__.py"
    insert_before(
        registry,
        "from objtui.cli.commands.doctor import",
        "from objtui.cli.commands.count import CountCommand\n",
    )
    insert_before(registry, "    HelpCommand(),", "    CountCommand(),\n")


@pytest.fixture
def in_tree(tree: Path, tmp_path: Path) -> Callable[..., str]:
    """A function that runs Python with the copied package, and gives its standard output."""

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": f"{tree}{os.pathsep}{TESTS}", "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=GIVE_UP_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def path(new_run: MakeRun) -> Path:
    """A finished run."""
    return record_flat(new_run, steps=(0,)).path


def test_a_format_is_written_by_its_name_and_by_the_end_of_a_place(
    in_tree: Callable[..., str], path: Path
) -> None:
    assert in_tree("-m", "objtui", "export", str(path), "--format", "names") == (
        "wrote a-run.names\n"
    )
    in_tree("-m", "objtui", "export", str(path), "--out", "mine.names")
    assert path.with_name("mine.names").read_text() == "a-run\n"
    streamed = in_tree("-m", "objtui", "export", str(path), "--format", "names", "--out", "-")
    assert streamed == "a-run\n"


def test_a_format_is_in_the_help(in_tree: Callable[..., str]) -> None:
    for arguments in (("export", "--help"), ("help", "export")):
        shown = in_tree("-m", "objtui", *arguments)
        assert "names: the names of runs alone" in shown
        assert "for csv, jsonl, calibration, names;" in " ".join(shown.split())


def test_a_format_is_offered_in_the_dashboard(in_tree: Callable[..., str], path: Path) -> None:
    shown = in_tree(
        "-c",
        "from pathlib import Path\n"
        "from tests.ui.driving import screen_lines, show, shows\n"
        "async def ask(pilot, app):\n"
        "    await pilot.press('e')\n"
        "    await shows(pilot, 'names of runs')\n"
        "    print(*screen_lines(app), sep='\\n')\n"
        f"show(Path({str(path)!r}), ask, (120, 40))\n",
    )
    assert "names       the names of runs alone" in shown


def test_a_command_runs_and_is_in_the_help(in_tree: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("1\n2\n3\n")
    assert in_tree("-m", "objtui", "count", "file") == "3\n"
    for arguments in (("--help",), ("help",)):
        assert "count the lines of a file" in in_tree("-m", "objtui", *arguments)
    assert in_tree("-m", "objtui", "help", "count").startswith("usage: objtui count [-h] FILE\n")
