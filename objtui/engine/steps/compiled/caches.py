"""Where the compiler keeps what it makes: code that is loaded and run, so nobody else's folder.

By itself torch takes a folder of the temporary directory whose name anybody can tell, and
loads from it whatever whoever made it first has put there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

CACHE, TRITON_CACHE = "TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"


def cache_variables(folder: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """What tells torch to keep nothing where others could have laid something.

    `folder` is a new one, its owner's only, which is removed later: it has the caches where
    there is no lasting folder for them. Both processes need it: loading compiles, too.
    """
    cache = lasting_cache(environ) or folder / "cache"
    return {CACHE: str(cache), TRITON_CACHE: str(cache / "triton")}


def lasting_cache(environ: Mapping[str, str]) -> Path | None:
    """A folder for caches that is ours alone, made if need be; None where there is none.

    It is what TORCHINDUCTOR_CACHE_DIR names, else `objtui/inductor` in the user's cache
    home (https://specifications.freedesktop.org/basedir-spec/latest/).
    """
    if named := environ.get(CACHE):
        return _made(Path(named)) if os.path.isabs(named) else None
    named = environ.get("XDG_CACHE_HOME", "")
    home = environ.get("HOME", "")
    cache_home = Path(named) if os.path.isabs(named) else Path(home) / ".cache"
    if not cache_home.is_absolute() or _made(cache_home / "objtui") is None:
        return None
    return _made(cache_home / "objtui" / "inductor")


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
