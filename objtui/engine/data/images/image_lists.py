"""The images that a folder holds or a list file names, and what lies beside a path."""

from __future__ import annotations

import os
from pathlib import Path, PureWindowsPath

from objtui.datafiles.files import Problems, file_text, nearest_hint, quoted, shown
from objtui.engine.data.images.other_formats import IMAGE_SUFFIXES
from objtui.errors import DataError, KeyPath

_MAX_LIST_BYTES = 256 << 20
_MAX_ENTRIES = 2_000_000  # of folders that are gone through
_UNREAD_SUFFIXES = (".heic", ".heif", ".avif", ".dng", ".mpo", ".pfm")  # but by Ultralytics


def images_in(folder: Path, part: str, notices: list[str]) -> list[Path]:
    """The images of a folder and of those in it; hidden files are none, as macOS leaves some."""
    images: list[Path] = []
    unread: list[str] = []
    count = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        count += len(names)
        if count > _MAX_ENTRIES:
            raise DataError(f"{shown(folder)}: holds more than {_MAX_ENTRIES} files")
        images += [Path(place, name) for name in names if _is_image(name)]
        unread += [name for name in names if Path(name).suffix.lower() in _UNREAD_SUFFIXES]
    if unread:
        notices.append(
            f"{part}: {len(unread)} images of formats that are not read were passed over (the "
            f"first: {quoted(min(unread))}); save them as PNG or JPEG"
        )
    return images


def _is_image(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES


def images_listed(file: Path, root: Path, key: KeyPath, problems: Problems) -> list[Path]:
    """The images that a list file names, one a line, from its own folder or that of the data."""
    if file.suffix.lower() != ".txt":
        there = "is a file" if os.path.lexists(file) else "No such file or folder"
        hint = "" if os.path.lexists(file) else near(file)
        raise DataError(
            f"{shown(file)}: {there}{hint}; expected a folder of images or a list file (.txt)"
        )
    try:
        lines = file_text(file, _MAX_LIST_BYTES).split("\n")
    except FileNotFoundError:
        raise DataError(f"{shown(file)}: No such file{near(file)}") from None
    images: list[Path] = []
    for number, line in enumerate(lines, 1):
        if not (name := line.strip()):
            continue
        if os.path.splitext(name)[1].lower() not in IMAGE_SUFFIXES:
            problems.add(f"{shown(file)}:{number}: {quoted(name)} names no image", key)
        elif (image := _listed(name, file, root)) is None:
            problems.add(f"{shown(file)}:{number}: {quoted(name)}: No such file", key)
        else:
            images.append(image)
    return images


def _listed(name: str, file: Path, root: Path) -> Path | None:
    """The image of a line: as it is written, else by its last parts, as data sets are moved."""
    pure = PureWindowsPath(name)
    parts = [part for part in pure.parts if part not in ("..", pure.anchor)]
    for base in dict.fromkeys((file.parent, root)):
        if _is_file(base / name):
            return base / name
    for start in range(len(parts)):
        for base in dict.fromkeys((file.parent, root)):
            if _is_file(tail := base.joinpath(*parts[start:])):
                return tail
    return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, or no possible name
        return False


def near(path: Path) -> str:
    """The nearest name beside a path that is not there."""
    names = [name for name, _ in entries_of(path.parent)]
    return f" in {shown(path.parent)}: {nearest_hint(path.name, names)}" if names else ""


def entries_of(folder: Path) -> list[tuple[str, bool]]:
    """Names in a folder, sorted, and whether each is a file."""
    try:
        with os.scandir(folder) as entries:
            return sorted((entry.name, entry.is_file()) for entry in entries)
    except (OSError, ValueError):
        return []
