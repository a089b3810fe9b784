"""Finding the image that an annotation file means, where it spells the name otherwise.

Export tools write names of the machine they ran on: backslashes, folders of that machine,
percent signs of a URL, another case. Nothing outside the folder of the
images is ever taken.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote

from objtui.datafiles.files import PROBLEMS_SHOWN, nearest_hint, quoted, shown
from objtui.errors import DataError

MAX_ENTRIES = 200_000
"""Files of a folder that are gone through to find one; more would take seconds."""

_MAX_NAME = 4096  # characters, as of a path of Linux
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://[^/]*")
_LOCAL_FILES = re.compile(r"^.*[?&]d=")  # of Label Studio: /data/local-files/?d=folder/name
_QUERY = re.compile(r"[?#].*$")
_DRIVE = re.compile(r"^[A-Za-z]:")


class ImageFolder:
    """The folder of the images of a data set."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._missed = 0

    def find(self, name: str) -> tuple[Path, bool]:
        """The file that `name` means, and whether it is there under exactly that name.

        Raises DataError, which says what there is, where there are none or several, or
        where the name as it stands is that of another file outside the folder.
        """
        if _inside(name) and self._is_there(name):
            return self.path / name, True
        if not _possible(name):
            return self.path / name[:_MAX_NAME], True  # opening it says what is wrong
        if not _inside(name) and os.path.lexists(elsewhere := os.path.join(self.path, name)):
            inside = self._below(elsewhere)
            if inside is not None:
                return inside, False
            raise DataError(
                f"file_name {quoted(name)} leaves the folder of the images, {shown(self.path)}; "
                "name the folder that holds them all"
            )
        for spelling in _spellings(name):
            answers = self._ending_in(spelling)
            if len(answers) == 1:
                return self.path / answers[0], False
            if answers:
                few = ", ".join(quoted(answer) for answer in answers[:3])
                raise DataError(
                    f"file_name {quoted(name)} may be {few}"
                    f"{' or others' if len(answers) > 3 else ''} of {shown(self.path)}"
                )
        raise DataError(self._missing(name))

    def _is_there(self, name: str) -> bool:
        try:
            return (self.path / name).exists()
        except (OSError, ValueError):  # too long, or no possible name
            return False

    def _below(self, path: str) -> Path | None:
        """A path that leads into this folder, as one that starts from it."""
        real, folder = os.path.realpath(path), os.path.realpath(self.path)
        if not os.path.isfile(real) or os.path.commonpath([real, folder]) != folder:
            return None
        return self.path / os.path.relpath(real, folder)

    def _ending_in(self, spelling: list[str]) -> list[str]:
        """Files whose last parts are as many of the last of `spelling` as any file has."""
        for start in range(len(spelling)):
            wanted = "/".join(spelling[start:])
            if _safe(wanted) and self._is_there(wanted) and (self.path / wanted).is_file():
                return [wanted]
            if same := self._by_tail.get(_folded(wanted)):
                whole = [each for each in same if _folded(each) == _folded(wanted)]
                exact = [each for each in same if each.endswith(wanted)]
                return whole if len(whole) == 1 else exact if len(exact) == 1 else same
        last = spelling[-1]
        return [] if Path(last).suffix else self._by_stem.get(_folded(last), [])

    @cached_property
    def _files(self) -> list[str]:
        """The files of the folder and of those in it, as paths from it."""
        files: list[str] = []
        for folder, folders, names in os.walk(self.path):
            folders.sort()
            below = os.path.relpath(folder, self.path)
            files += [name if below == "." else f"{below}/{name}" for name in sorted(names)]
            if len(files) > MAX_ENTRIES:
                return files[:MAX_ENTRIES]
        return files

    @cached_property
    def _by_tail(self) -> dict[str, list[str]]:
        """Files by their folded last parts: `c`, `b/c` and `a/b/c` of each."""
        tails: dict[str, list[str]] = {}
        for file in self._files:
            parts = file.split("/")
            for start in range(max(0, len(parts) - 8), len(parts)):
                tails.setdefault(_folded("/".join(parts[start:])), []).append(file)
        return tails

    @cached_property
    def _by_stem(self) -> dict[str, list[str]]:
        """Files by their folded names without suffix, for names that are written without."""
        stems: dict[str, list[str]] = {}
        for file in self._files:
            stems.setdefault(_folded(Path(file).stem), []).append(file)
        return stems

    def _missing(self, name: str) -> str:
        """That there is no such image, and what there is instead."""
        if not self.path.is_dir():
            return f"{shown(self.path)}: is no folder"
        if not self._files:
            return f"{shown(self.path / name)}: No such file; the folder holds no files"
        self._missed += 1
        if self._missed > PROBLEMS_SHOWN:  # nobody reads more, and going through all takes long
            return f"{shown(self.path / name)}: No such file"
        base = _parts(name)[-1:] or [name]
        stem = base[0].rpartition(".")[0]
        same_stem = [
            file for file in self._files if stem and Path(file).stem.casefold() == stem.casefold()
        ]
        hint = nearest_hint(base[0], same_stem or self._files)
        leaves = "" if _inside(name) else ", which leaves the folder of the images,"
        return (
            f"{shown(self.path / name)}: No such file; nor is there any of the last parts of "
            f"{quoted(name)}{leaves} in {shown(self.path)}: {hint}"
        )


def same_name(name: str) -> str:
    """A name by which entries of one file are the same: without `./`, backslashes as /."""
    return "/".join(_parts(name))


def _possible(name: str) -> bool:
    """Whether a file can have the name at all."""
    return len(name) <= _MAX_NAME and "\0" not in name and not _has_surrogate(name)


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in text)


def _inside(name: str) -> bool:
    """Whether the name, as every system reads it, stays in the folder."""
    return not (
        name.startswith(("/", "\\"))
        or _DRIVE.match(name)
        or _SCHEME.match(name)
        or ".." in re.split(r"[/\\]", name)
    )


def _safe(name: str) -> bool:
    return _inside(name) and _possible(name)


def _spellings(name: str) -> Iterator[list[str]]:
    """The ways in which the name may be meant, as parts, the plainest first."""
    seen: list[list[str]] = []
    decoded = unquote(name)
    for text in (name, decoded, _without_url(name), _without_url(decoded)):
        parts = _parts(text)
        if parts and parts not in seen and _possible(text):
            seen.append(parts)
    yield from seen


def _without_url(name: str) -> str:
    """A name without the scheme, host and query of a URL."""
    local = _LOCAL_FILES.sub("", name)
    return _QUERY.sub("", _SCHEME.sub("", local))


def _parts(name: str) -> list[str]:
    """The folders and the name, by / or \\, without drive, root, `.` and `..`."""
    parts = re.split(r"[/\\]+", _DRIVE.sub("", name.strip()))
    return [part for part in parts if part not in ("", ".", "..")]


def _folded(name: str) -> str:
    """A name without case and with one way of writing accents, as macOS and Windows take it."""
    return unicodedata.normalize("NFC", name).casefold()
