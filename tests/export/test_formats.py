"""Which format a place asks for, and which places a format refuses."""

from __future__ import annotations

from inspect import signature

import pytest

from objtui.errors import UsageError
from objtui.export.formats import (
    FORMATS,
    ExportFormat,
    check_ending,
    export_format,
    format_for,
    load_writer,
)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (None, "svg"),
        ("a", "svg"),
        ("a.svg", "svg"),
        ("folder/a.PNG", "png"),
        ("a.jsonl", "jsonl"),
        ("a.objtui", "run"),
    ],
)
def test_the_end_of_a_name_says_the_format(place: str | None, name: str) -> None:
    assert format_for(place).name == name


@pytest.mark.parametrize("place", ["a.csv", "a.jpg"])
def test_another_end_asks_for_the_format(place: str) -> None:
    with pytest.raises(UsageError, match="say the format with --format"):
        format_for(place)


@pytest.mark.parametrize(
    ("name", "place", "reason"),
    [
        ("csv", "a.csv", "csv is a folder of tables"),
        ("parquet", "a.parquet", "looks like a file"),
        ("svg", "a.png", "looks like png, and the format is svg"),
        ("jsonl", "a.svg", "looks like svg"),
    ],
)
def test_a_name_that_says_another_format_is_refused(name: str, place: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        check_ending(export_format(name), place)


@pytest.mark.parametrize(("name", "place"), [("csv", "folder"), ("png", "a.png"), ("run", "a.b")])
def test_any_other_name_will_do(name: str, place: str) -> None:
    check_ending(export_format(name), place)


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_what_a_format_names_as_its_writers_are_functions_of_two_things(
    kind: ExportFormat,
) -> None:
    for dotted in filter(None, (kind.writer, kind.stream)):
        assert len(signature(load_writer(dotted)).parameters) == 2
