"""Terminals for commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ui.terminal_driver import Terminal


@pytest.fixture
def terminals() -> Iterator[Callable[[Path], Terminal]]:
    """A function that watches a run file in a terminal of its own; all are closed."""
    opened: list[Terminal] = []

    def watch(path: Path) -> Terminal:
        command = (sys.executable, "-m", "objtui", "watch", str(path))
        environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": ""}
        opened.append(Terminal(*command, folder=path.parent, environ=environ))
        return opened[-1]

    yield watch
    for terminal in opened:
        terminal.close()
