"""The file in which dashboards keep how each scenario was looked at last.

It is a convenience: whatever is wrong with it, there is nothing kept, and nobody is told.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from objtui.files import open_regular, require_regular

MAX_BYTES = 2**18
MAX_SCENARIOS = 200
"""Of more, those that were looked at longest ago are forgotten."""

MAX_NAME = 1000
"""Characters of the name of a scenario that something is kept of."""


@dataclass(frozen=True, slots=True)
class ViewFile:
    """Views by scenario, as JSON; `path` is None where there is no place for them."""

    path: Path | None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> ViewFile:
        """In the user's folder for state (XDG Base Directory Specification)."""
        named, home = environ.get("XDG_STATE_HOME", ""), environ.get("HOME", "")
        if os.path.isabs(named):
            return cls(Path(named) / "objtui" / "views.json")
        if os.path.isabs(home):
            return cls(Path(home) / ".local" / "state" / "objtui" / "views.json")
        return cls(None)

    def view_of(self, scenario: str) -> Mapping[str, Any]:
        """What is kept of a scenario, not checked any further; empty where nothing is."""
        return self._read().get(scenario, {})

    def keep(self, scenario: str, view: Mapping[str, Any]) -> None:
        """Keep a view of a scenario in the place of the one before; an empty one forgets that."""
        views = self._read()
        if self.path is None or len(scenario) > MAX_NAME or (not view and scenario not in views):
            return
        views.pop(scenario, None)
        if view:
            views[scenario] = dict(view)
        kept = dict(list(views.items())[-MAX_SCENARIOS:])
        with contextlib.suppress(OSError, ValueError, RecursionError):
            text = json.dumps({"views": kept}).encode()
            if len(text) <= MAX_BYTES:
                _write(Path(os.path.realpath(self.path)), text)

    def _read(self) -> dict[str, dict[str, Any]]:
        if self.path is None:
            return {}
        try:
            with open_regular(self.path, follow_links=True) as file:
                text = file.read(MAX_BYTES + 1)
            value = json.loads(text) if len(text) <= MAX_BYTES else None
        except (OSError, ValueError, RecursionError):
            return {}
        views = value.get("views") if isinstance(value, dict) else None
        if not isinstance(views, dict):
            return {}
        return {name: view for name, view in views.items() if isinstance(view, dict)}


def _write(path: Path, text: bytes) -> None:
    """Write a file whole or not at all, for its owner alone; OSError, ValueError.

    A device or a pipe in its place stays: a link to /dev/null says that nothing is to be kept.
    """
    require_regular(path)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".views-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
