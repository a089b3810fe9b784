"""Which packages each part may load, looked at in real processes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from objtui.cli.commands.help import TOPICS

HEAVY = ("torch", "textual", "plotext", "pydantic", "rich", "numpy")


def loaded_by(statements: str) -> set[str]:
    """The heavy packages in sys.modules after these statements."""
    code = (
        f"import json, sys\n{statements}\n"
        f"print(json.dumps([name for name in {HEAVY} if name in sys.modules]), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return set(json.loads(done.stderr.strip().splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["run", "--help"],
        ["export", "--help"],
        ["scenarios"],
        ["help"],
        ["help", "run"],
        ["help", "scores"],
        ["help", "glossary"],
        ["completion", "bash"],
    ],
    ids=" ".join,
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert loaded_by(f"from objtui.cli.main import main; main({arguments})") == set()


def test_an_interrupt_is_dealt_with_before_anything_but_the_command_is_loaded() -> None:
    """Python itself prints a traceback of one that comes before."""
    code = (
        "import sys; seen = set(sys.modules); import objtui.cli.main; print(*{*sys.modules} - seen)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert set(done.stdout.split()) <= {"__future__", "objtui", "objtui.cli", "objtui.cli.main"}


@pytest.mark.parametrize("topic", TOPICS)
def test_no_page_of_help_loads_torch_and_but_for_its_keys_the_dashboard(topic: str) -> None:
    heavy = loaded_by(f"from objtui.cli.main import main; main(['help', '{topic}'])")
    assert heavy.isdisjoint({"torch"} if topic == "keys" else {"torch", "textual", "plotext"})


@pytest.mark.parametrize(
    "module",
    [
        "objtui.claims",
        "objtui.cli.commands",
        "objtui.export.write",
        "objtui.runs.follow",
        "objtui.reports.jsonlines",
        "objtui.reports.text",
        "objtui.trainer.launch",
        "objtui.losses",
        "objtui.runfile.reader",
        "objtui.scenario.load",
        "objtui.trainer.process",
    ],
)
def test_only_the_engine_loads_torch(module: str) -> None:
    assert loaded_by(f"import {module}").isdisjoint({"torch", "textual", "plotext"})


def test_the_engine_draws_nothing() -> None:
    assert loaded_by("import objtui.engine.session").isdisjoint({"textual", "plotext", "rich"})


def test_a_trainer_starts_before_anything_heavy_is_loaded() -> None:
    assert loaded_by("import objtui.cli.commands.run, objtui.cli.training") == set()


def test_what_comes_before_the_first_paint_is_the_terminal_alone() -> None:
    modules = "objtui.cli.commands.run, objtui.cli.dashboard, objtui.ui.dashboard.app"
    assert loaded_by(f"import {modules}") == {"textual", "rich"}
