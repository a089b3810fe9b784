"""Reading files that others may have made: regular ones only, without waiting, within a bound.

A pipe or a device may never end, a link may lead to what is not meant to be read, and a
file may be larger than memory. Everything here raises OSError, with words for a person.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

NOT_REGULAR = "is not a regular file"
LINK = "is a link, which is not followed here"
OTHER_NAMES = "is the same file as another, which would be changed with it"


def open_regular(path: Path, *, follow_links: bool = False) -> BinaryIO:
    """Open a regular file for reading; one that is a link only with `follow_links`."""
    return os.fdopen(regular_descriptor(path, follow_links=follow_links), "rb")


def regular_descriptor(path: Path, *, follow_links: bool = False) -> int:
    """As `open_regular`, as a descriptor that the caller closes."""
    links = 0 if follow_links else os.O_NOFOLLOW
    try:
        # Looked at first, since opening alone may already do something to a device.
        _require_regular(path, os.stat(path, follow_symlinks=follow_links))
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY | links
        descriptor = os.open(path, flags)
    except ValueError:  # a null character or a lone surrogate in the name
        raise OSError(errno.EINVAL, "is no possible file name", str(path)) from None
    try:
        _require_regular(path, os.fstat(descriptor))
        return descriptor
    except BaseException:
        os.close(descriptor)
        raise


def create_regular(path: Path) -> BinaryIO:
    """Open a regular file for writing from its start, made for its owner alone where none is there.

    In a folder that others may have made, its name may be that of a link to any file of the user.
    """
    require_regular(path, single=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW
    descriptor = os.open(path, flags, 0o600)
    try:
        status = os.fstat(descriptor)
        _require_regular(path, status)
        if status.st_nlink > 1:
            raise OSError(errno.EMLINK, OTHER_NAMES, str(path))
        os.ftruncate(descriptor, 0)
        return os.fdopen(descriptor, "wb")
    except BaseException:
        os.close(descriptor)
        raise


def read_end_of(path: Path, most: int) -> bytes:
    """The last bytes of a regular file, at most `most` of them."""
    with open_regular(path) as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - most))
        return file.read(most)


def require_regular(path: Path, *, single: bool = False) -> None:
    """OSError where what lies at `path` is no regular file, or with `single` a hard link."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    _require_regular(path, status)
    if single and status.st_nlink > 1:
        raise OSError(errno.EMLINK, OTHER_NAMES, str(path))


def _require_regular(path: Path, status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise OSError(errno.ELOOP, LINK, str(path))
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, NOT_REGULAR, str(path))
