"""Which files a data set was read from, and a digest by which to know them again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from objtui.errors import DataError

_noted: ContextVar[set[Path] | None] = ContextVar("noted", default=None)


@contextmanager
def noted_files() -> Iterator[set[Path]]:
    """The files that are read within the block, as far as they are known by now."""
    files: set[Path] = set()
    token = _noted.set(files)
    try:
        yield files
    finally:
        _noted.reset(token)


def note_file(path: Path) -> None:
    """Tell the surrounding `noted_files`, if there is one, that a file is read."""
    if (files := _noted.get()) is not None:
        files.add(path)


def content_digest(files: Iterable[Path], base: Path) -> str:
    """A SHA-256 over contents and places under `base`; empty of no file.

    Of a file elsewhere its name counts, so a scenario and its data may move together.
    Raises DataError where a file can no longer be read.
    """
    lines = []
    for path in files:
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DataError(f"{path}: {error.strerror or error}, after it was read") from error
        place = path.absolute()
        inside = place.is_relative_to(base.absolute())
        lines.append(f"{digest} {place.relative_to(base.absolute()) if inside else place.name}")
    text = "\n".join(sorted(lines))
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest() if lines else ""
