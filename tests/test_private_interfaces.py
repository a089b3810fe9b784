"""Names that other packages keep to themselves and objtui uses: each is listed, and is there.

A release may change them without a word, so that pyproject.toml bounds these packages above.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import objtui

PACKAGE = Path(objtui.__file__).parent

OF_MODULES = {
    "textual._compositor.ChopsUpdate",
    "textual._ansi_sequences.ANSI_SEQUENCES_KEYS",
    "textual._xterm_parser.FOCUSIN",
    "textual._xterm_parser.FOCUSOUT",
    "textual._xterm_parser.XTermParser",
    "torch._fused_adam_",
    "torch._fused_adamw_",
    "torch._fused_sgd_",
}
"""What is reached by way of a module."""

OF_TEXTUAL = {
    "DashboardApp": {"_display"},
    "DashboardScreen": {"_bindings"},
    "SweepScreen": {"_bindings"},
    "LastingDriver": {"_app", "_file", "_get_terminal_size", "_query_in_band_window_resize"},
    "TerminalApp": {
        "_close_messages_no_wait",
        "_driver",
        "_exit_renderables",
        "_handle_exception",
        "_loop",
    },
}
"""By class of ours, what it takes from a class of Textual that it builds on."""

BOUNDED = {"plotext", "textual", "torch"}
"""Packages of which something here is used."""


def private_names_of_modules() -> Iterator[str]:
    """Every dotted name in the package that goes through a private name of an imported module."""
    for file in PACKAGE.rglob("*.py"):
        tree = ast.parse(file.read_text())
        modules = {"torch", "textual", "rich", "numpy", "np", "pydantic", "safetensors"}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                name = ast.unparse(node)
                root, *parts = name.split(".")
                if root in modules and any(is_private(part) for part in parts):
                    yield name
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    name = f"{node.module}.{alias.name}"
                    ours = name.startswith("objtui.")
                    if not ours and any(is_private(part) for part in name.split(".")[1:]):
                        yield name


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def ui_classes() -> Iterator[type]:
    """Every class of the dashboard's package that builds on one of Textual."""
    ui = importlib.import_module("objtui.ui")
    for info in pkgutil.walk_packages(ui.__path__, "objtui.ui."):
        module: ModuleType = importlib.import_module(info.name)
        for each in vars(module).values():
            if inspect.isclass(each) and each.__module__ == info.name and textual_bases(each):
                yield each


def textual_bases(each: type) -> list[type]:
    return [base for base in each.__mro__ if base.__module__.startswith("textual.")]


def private_names_of_bases(each: type) -> set[str]:
    """Private attributes of a class's bases in Textual, those of their instances included."""
    names: set[str] = set()
    for base in textual_bases(each):
        names.update(name for name in vars(base) if is_private(name))
        names.update(re.findall(r"self\.(_[a-z]\w*)\s*(?::[^=\n]+)?=[^=]", inspect.getsource(base)))
    return names


def private_names_used(each: type) -> set[str]:
    """Private attributes that a class defines, or reads or writes on its own object."""
    return set(re.findall(r"(?:\bself\.|\bdef )(_[a-z]\w*)", inspect.getsource(each)))


def test_no_other_private_name_of_a_module_is_used() -> None:
    called = {re.split(r"[^\w.]", name)[0] for name in private_names_of_modules()}
    whole = {name for name in called if not any(each.startswith(f"{name}.") for each in called)}
    assert whole == OF_MODULES


@pytest.mark.parametrize("name", sorted(OF_MODULES))
def test_a_private_name_of_a_module_is_there(name: str) -> None:
    root, *parts = name.split(".")
    place: object = importlib.import_module(root)
    for part in parts:
        if not hasattr(place, part):
            assert isinstance(place, ModuleType)
            importlib.import_module(f"{place.__name__}.{part}")
        place = getattr(place, part)
    assert place


def test_what_is_taken_from_textual_is_listed_and_nothing_of_its_own_is_replaced() -> None:
    taken = {}
    for each in ui_classes():
        theirs = private_names_of_bases(each)
        shared = private_names_used(each) & theirs
        if shared:
            taken[each.__name__] = shared
    assert taken == OF_TEXTUAL


def test_these_packages_are_bounded_above() -> None:
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]
    bounded = {
        re.split(r"[<>=!~ ;]", requirement)[0]
        for requirement in project["dependencies"]
        if "<" in requirement
    }
    assert bounded >= BOUNDED
