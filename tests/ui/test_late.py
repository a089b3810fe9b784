"""What is imported when it is first seen: all of it is there, and none of it comes sooner."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from functools import partial
from pathlib import Path

from objtui.ui import keys
from objtui.ui.dashboard import actions
from objtui.ui.late import Late
from objtui.ui.panels import table


def late_ones() -> list[Late]:
    """Everything in the tables of panels, views and keys that is imported when it is first seen."""
    entries = [
        getattr(each, name) for each in (*table.PANELS, *table.VIEWS) for name in each.__slots__
    ]
    held = [key.action for key in keys.KEYS]
    held = [each.func if isinstance(each, partial) else each for each in held]
    return [each for each in (*entries, *held, *vars(actions).values()) if isinstance(each, Late)]


def test_whatever_is_imported_when_it_is_first_seen_is_there() -> None:
    late = late_ones()
    assert len(late) > 20
    assert all(callable(each.original()) for each in late)


def late_places(file: Path) -> list[tuple[dict[str, str], dict[str, str]]]:
    """The places behind late names, as they are imported for types and as they are called.

    Of every `if TYPE_CHECKING: … else: …` of a file.
    """
    pairs = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            typed = {
                alias.asname or alias.name: f"{each.module}:{alias.name}"
                for each in node.body
                if isinstance(each, ast.ImportFrom)
                for alias in each.names
            }
            called = {
                ast.unparse(each.targets[0]): ast.literal_eval(each.value.args[0])
                for each in node.orelse
                if isinstance(each, ast.Assign) and isinstance(each.value, ast.Call)
            }
            pairs.append((typed, called))
    return pairs


def test_types_are_compared_with_what_is_called() -> None:
    for module in (actions, table):
        ((typed, called),) = late_places(Path(str(module.__file__)))
        assert called.items() <= typed.items()
        assert {name for name, each in vars(module).items() if isinstance(each, Late)} == set(
            called
        )


def test_the_tables_bring_nothing_of_what_they_name() -> None:
    code = "import json, sys, objtui.ui.keys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    loaded = set(json.loads(done.stdout))
    assert {each.original().__module__ for each in late_ones()}.isdisjoint(loaded)
    assert {"textual", "numpy"}.isdisjoint(loaded)
