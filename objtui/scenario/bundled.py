"""The scenarios that come with objtui.

Light: nothing here reads more than titles."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Bundled:
    """A bundled scenario as a list shows it."""

    name: str
    title: str
    question: str


def bundled_folder() -> Path:
    """The folder of bundled scenarios: in the package, or in a source tree beside it."""
    installed = _PACKAGE / "_scenarios"
    return installed if installed.is_dir() else _PACKAGE.parent / "scenarios"


def bundled_names() -> list[str]:
    """The names of all bundled scenarios, sorted."""
    return sorted(path.stem for path in bundled_folder().glob("*.toml"))


def bundled_path(name: str) -> Path:
    """The file of a bundled scenario; the name is one of `bundled_names`."""
    return bundled_folder() / f"{name}.toml"


def shown_scenario(path: str) -> str:
    """A scenario as lists show it: a bundled one by its name, any other by its path."""
    place = Path(path)
    return place.stem if place.parent == bundled_folder() else path


def bundled_questions() -> list[Bundled]:
    """Name, title and question of every bundled scenario."""
    listed = []
    for name in bundled_names():
        tables = tomllib.loads(bundled_path(name).read_text(encoding="utf-8"))
        listed.append(Bundled(name, tables["title"], tables.get("question", "")))
    return listed
