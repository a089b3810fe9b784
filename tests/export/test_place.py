"""Where an export goes: whole or not at all, over nothing that is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from objtui.errors import UsageError
from objtui.export.place import written_whole


def write_file(place: Path, text: str = "new", *, force: bool = False) -> None:
    with written_whole(place, folder=False, force=force) as part:
        part.write_text(text)


def write_folder(place: Path, *, force: bool = False) -> None:
    with written_whole(place, folder=True, force=force) as part:
        (part / "inner").mkdir(parents=True)
        (part / "inner" / "file").write_text("new")


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_a_file_comes_to_its_place_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    write_file(tmp_path / "file")
    assert everything(tmp_path) == {"file"}
    assert (tmp_path / "file").read_text() == "new"


def test_a_folder_comes_to_its_place_or_into_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("new", "empty"):
        write_folder(tmp_path / name)
        assert everything(tmp_path / name) == {"inner", "inner/file"}
    assert {path.name for path in tmp_path.iterdir()} == {"new", "empty"}


@pytest.mark.parametrize("write", [write_file, write_folder])
def test_what_is_there_stays_unless_it_may_be_replaced(
    write: Callable[..., None], tmp_path: Path
) -> None:
    place = tmp_path / "place"
    write(place)
    before = everything(tmp_path)
    with pytest.raises(UsageError, match=r"there already.*--force"):
        write(place)
    write(place, force=True)
    assert everything(tmp_path) == before


def test_the_folder_in_which_one_stands_is_a_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_folder(Path())
    assert everything(tmp_path) == {"inner", "inner/file"}
    write_folder(Path(), force=True)
    assert everything(tmp_path) == {"inner", "inner/file"}


def test_a_replaced_folder_keeps_the_files_of_others(tmp_path: Path) -> None:
    (tmp_path / "place" / "inner").mkdir(parents=True)
    (tmp_path / "place" / "inner" / "file").write_text("old")
    (tmp_path / "place" / "mine").write_text("mine")
    write_folder(tmp_path / "place", force=True)
    assert (tmp_path / "place" / "inner" / "file").read_text() == "new"
    assert (tmp_path / "place" / "mine").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"place"}


def test_what_came_while_it_was_written_stays(tmp_path: Path) -> None:
    place = tmp_path / "file"

    def write_late() -> None:
        with written_whole(place, folder=False, force=False) as part:
            part.write_text("new")
            place.write_text("someone else's")

    with pytest.raises(UsageError, match="there already"):
        write_late()
    assert place.read_text() == "someone else's"
    assert everything(tmp_path) == {"file"}


@pytest.mark.parametrize("folder", [False, True])
def test_after_an_error_nothing_is_left(folder: bool, tmp_path: Path) -> None:
    def write_half() -> None:
        with written_whole(tmp_path / "place", folder=folder, force=False) as part:
            if folder:
                part.mkdir()
            (part / "file" if folder else part).write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert everything(tmp_path) == set()


def test_what_a_writer_leaves_beside_a_file_goes_as_well(tmp_path: Path) -> None:
    with written_whole(tmp_path / "file", folder=False, force=False) as part:
        part.write_text("new")
        part.with_name(f"{part.name}-journal").write_text("of a database")
    assert everything(tmp_path) == {"file"}


def test_a_file_and_a_folder_do_not_stand_for_each_other(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="is a file; this format needs a folder"):
        write_folder(tmp_path / "file", force=True)
    with pytest.raises(UsageError, match="is a folder; name a file"):
        write_file(tmp_path / "folder", force=True)


def test_what_is_no_file_is_never_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="no ordinary file"):
        write_file(tmp_path / "pipe", force=True)
    assert (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("target", ["/dev/null", "pipe", "loop"])
@pytest.mark.parametrize("force", [False, True])
def test_a_link_to_what_is_no_file_stays_as_well(tmp_path: Path, target: str, force: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    place = tmp_path / "loop"
    place.symlink_to(target)
    refused = pytest.raises(UsageError, match=r"no ordinary file|symbolic links")
    with refused, written_whole(place, folder=False, force=force) as part:
        part.write_text("new")
    assert place.is_symlink()


def test_a_link_to_nowhere_or_to_a_file_is_replaced_and_the_file_stays(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    for target in ("file", "nowhere"):
        place = tmp_path / f"to-{target}"
        place.symlink_to(target)
        with written_whole(place, folder=False, force=True) as part:
            part.write_text("new")
        assert place.read_text() == "new"
    assert file.read_text() == "old"


def test_a_place_in_no_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="none is no folder; make it first"):
        write_file(tmp_path / "none" / "file")
