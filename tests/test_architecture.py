"""The layout of the package: no circles, few files at the top, tests that mirror it."""

from __future__ import annotations

import ast
from collections.abc import Container
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import objtui

PACKAGE = Path(objtui.__file__).parent
TESTS = Path(__file__).parent

MAX_FILES_AT_THE_TOP = 8

OF_NO_PACKAGE = {"bench", "faults", "science"}
"""Folders of tests that hold claims about the whole program."""


def module_files() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    files = PACKAGE.rglob("*.py")
    names = {file: file.relative_to(PACKAGE.parent).with_suffix("").parts for file in files}
    return {".".join(parts).removesuffix(".__init__"): file for file, parts in names.items()}


def imports(file: Path, modules: Container[str]) -> set[str]:
    """The modules of ours that a file imports, within functions and for its types too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            within = {f"{node.module}.{alias.name}" for alias in node.names}
            names.update(name if name in modules else node.module for name in within)
    return {name for name in names if name in modules}


def test_no_module_imports_itself_in_a_circle() -> None:
    files = module_files()
    graph = {name: imports(file, files) - {name} for name, file in files.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(error.args[1])) from None


def test_the_top_of_the_package_and_of_the_dashboard_are_a_table_of_contents() -> None:
    for folder in (PACKAGE, PACKAGE / "ui"):
        files = [file.name for file in folder.glob("*.py")]
        assert len(files) <= MAX_FILES_AT_THE_TOP, files


def test_tests_stand_where_their_code_does() -> None:
    folders = {file.parent.relative_to(TESTS) for file in TESTS.rglob("test_*.py")}
    astray = [
        str(folder)
        for folder in folders
        if folder.parts and folder.parts[0] not in OF_NO_PACKAGE and not (PACKAGE / folder).is_dir()
    ]
    assert not astray


def test_every_package_says_what_it_is() -> None:
    silent = [
        name
        for name, file in module_files().items()
        if not (ast.get_docstring(ast.parse(file.read_text())) or "").strip()
    ]
    assert not silent
