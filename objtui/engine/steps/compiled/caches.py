"""Where compiled code is kept: it is loaded and run, so in nobody else's folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

CACHE = "OBJTUI_CACHE"

_NAME = re.compile(r"-[0-9a-f]{16}\.so$")

MAX_KEPT = 256
"""Libraries, some 50 KB each; those that were loaded longest ago go first."""


def lasting_cache(environ: Mapping[str, str]) -> Path | None:
    """A folder for libraries that is ours alone, made if need be; None where there is none.

    It is what OBJTUI_CACHE names, else `objtui/steps` in the user's cache home
    (https://specifications.freedesktop.org/basedir-spec/latest/).
    """
    if named := environ.get(CACHE):
        return _made(Path(named)) if os.path.isabs(named) else None
    named = environ.get("XDG_CACHE_HOME", "")
    home = environ.get("HOME", "")
    cache_home = Path(named) if os.path.isabs(named) else Path(home) / ".cache"
    if not cache_home.is_absolute() or _made(cache_home / "objtui") is None:
        return None
    return _made(cache_home / "objtui" / "steps")


def kept_library(cache: Path, key: str) -> Path | None:
    """The library of a key, if it is there: a file of ours, as it was made."""
    for place in cache.glob(f"{key}-*.so"):
        try:
            status = os.lstat(place)
            if not (stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()):
                continue
            if place.name != _name(key, place.read_bytes()):  # as after a full disk
                continue
        except OSError:
            continue
        with contextlib.suppress(OSError):  # as on a disk that nobody may write to
            os.utime(place)
        return place
    return None


def keep_library(cache: Path, key: str, library: Path) -> None:
    """Keep a copy, in place of the oldest ones where there are too many; OSError where it cannot.

    It is never changed where it lies: programs may have it loaded.
    """
    code = library.read_bytes()
    part = cache / f"{key}.{os.getpid()}.part"
    try:
        part.write_bytes(code)
        part.replace(cache / _name(key, code))
    finally:
        part.unlink(missing_ok=True)
    # A folder that OBJTUI_CACHE names may hold libraries of the user's own.
    ours = filter(_NAME.search, map(str, cache.glob("*.so")))
    kept = sorted(map(Path, ours), key=lambda place: place.stat().st_mtime)
    for place in kept[:-MAX_KEPT]:
        place.unlink(missing_ok=True)


def _name(key: str, code: bytes) -> str:
    """Of the file of a library: loading one that is cut short would end the process."""
    return f"{key}-{hashlib.sha256(code).hexdigest()[:16]}.so"


def _made(folder: Path) -> Path | None:
    """The folder, made if need be; None where others may write to it, or put another there."""
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        place = folder.parent.resolve() / folder.name
        own = all(map(_is_kept_from_others, place.parents)) and _is_private(place)
    except OSError:
        return None
    return place if own else None


def _is_private(folder: Path) -> bool:
    """Whether a folder, no link to one, is ours and nobody else may do anything in it."""
    status = os.lstat(folder)
    mine = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    return mine and not status.st_mode & 0o077 and os.access(folder, os.W_OK | os.X_OK)


def _is_kept_from_others(folder: Path) -> bool:
    """Whether nobody but us and root may rename what of ours is in a folder."""
    status = os.lstat(folder)
    shared = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return status.st_uid in (0, os.geteuid()) and not (shared and not status.st_mode & stat.S_ISVTX)
