"""Where an export goes: whole or not at all, and over nothing that is there already."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from objtui.errors import UsageError


def check_place(place: Path, *, folder: bool, force: bool) -> None:
    """Raise UsageError where nothing may be written at `place`.

    A file that is there, or a folder that holds something, asks for `force`. What is
    neither file nor folder, as a device, is never replaced, nor is a link to it, as /dev/stdout.
    """
    try:
        mode = place.lstat().st_mode
    except FileNotFoundError:
        if not place.parent.is_dir():
            raise UsageError(f"{place.parent} is no folder; make it first") from None
        return
    except OSError as error:
        raise UsageError(f"{place}: cannot be written: {error.strerror}") from error
    if place.is_dir():
        if not folder:
            raise UsageError(f"{place} is a folder; name a file")
        if not force and any(place.iterdir()):
            raise UsageError(
                f"{place} is there already and not empty; name another folder, or replace "
                "the files in it with --force"
            )
    elif folder:
        raise UsageError(f"{place} is a file; this format needs a folder")
    elif not stat.S_ISREG(_followed(place, mode)):
        raise UsageError(f"{place} is no ordinary file; name another")
    elif not force:
        raise UsageError(f"{place} is there already; name another, or replace it with --force")


def _followed(place: Path, mode: int) -> int:
    """The mode of what a link leads to; one that leads nowhere is as a file."""
    if not stat.S_ISLNK(mode):
        return mode
    try:
        return place.stat().st_mode
    except FileNotFoundError:
        return stat.S_IFREG
    except OSError as error:
        raise UsageError(f"{place}: cannot be written: {error.strerror}") from error


def inside(folder: Path, *names: str) -> Path:
    """The path of these names within a folder; UsageError where one would lead out of it."""
    for name in names:
        if name in ("", ".", "..") or "/" in name or os.sep in name or not name.isprintable():
            raise UsageError(f"{name!r} cannot be the name of a file or folder of an export")
    return folder.joinpath(*names)


@contextmanager
def written_whole(place: Path, *, folder: bool, force: bool) -> Iterator[Path]:
    """Within it, a file is written to the path given, or a folder of files made there.

    At the end it is moved to `place`; after an error nothing is left. With `force`, files
    of a folder replace those of the same name, and the others stay. Raises UsageError
    where `place` cannot be written; it tells an OSError of the body so too.
    """
    check_place(place, folder=folder, force=force)
    beside = place if place.is_dir() else place.absolute().parent  # on the same file system
    part = beside / f".objtui-{secrets.token_hex(4)}.part"
    try:
        yield part
        if part.is_dir():
            _move_folder(part, place, force)
        else:
            _move_file(part, place, force)
    except OSError as error:
        raise UsageError(f"{place}: cannot be written: {error.strerror or error}") from error
    finally:
        # A database leaves a journal beside it.
        for left in (part, *part.parent.glob(f"{part.name}-*")):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def _move_folder(part: Path, place: Path, force: bool) -> None:
    if part.parent != place:
        part.rename(place)  # refused by the system if a folder with files has come meanwhile
        return
    files = [path.relative_to(part) for path in part.rglob("*") if path.is_file()]
    for file in files:
        _check_file(place / file, force)
    for file in files:
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        (part / file).replace(place / file)


def _check_file(file: Path, force: bool) -> None:
    """Raise UsageError where a file of a folder may not be written."""
    if os.path.lexists(file):
        check_place(file, folder=False, force=force)


def _move_file(part: Path, place: Path, force: bool) -> None:
    if not force:
        try:
            os.link(part, place)  # which, other than a move, never replaces
            return
        except FileExistsError:
            check_place(place, folder=False, force=False)
        except OSError:  # a file system without links
            check_place(place, folder=False, force=False)
    part.replace(place)
