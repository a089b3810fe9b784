"""The data.yaml of a YOLO data set: where its images are, and the names of its classes.

Paths are resolved as Ultralytics does (`check_det_dataset` in ultralytics/data/utils.py):
those of images relative to `path`, that relative to the folder of the file. Where there is
nothing, as in a data set that was moved, its last parts are tried beside the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

import yaml

from objtui.datafiles.files import file_text, quoted, reading, shown
from objtui.errors import DataError

_MAX_BYTES = 1 << 20
_MAX_CLASSES = 100_000
_VAL_KEYS = ("val", "validation")


@dataclass(frozen=True, slots=True)
class YoloYaml:
    """What a data.yaml says.

    Attributes:
        folder: what relative paths start from.
        train, val: folders and list files; val is empty where it is not given.
        names: of every class by its number; None where the file has none.
        keypoints: numbers of keypoints behind every box.
        notices: paths that were taken in the place of those written.
    """

    folder: Path
    train: tuple[Path, ...]
    val: tuple[Path, ...]
    names: dict[int, str] | None
    keypoints: int
    notices: tuple[str, ...]


def read_yaml(path: Path) -> YoloYaml:
    """A data.yaml; DataError where it is not one, or its images are not there."""
    try:
        text = file_text(path, _MAX_BYTES)
    except FileNotFoundError:
        raise DataError(f"{shown(path)}: No such file") from None
    with reading(path, "YAML"):
        document = yaml.safe_load(text)
    if not isinstance(document, dict):
        raise DataError(
            f"{shown(path)}: is no data.yaml: expected keys such as path, train, val and names"
        )
    notices: list[str] = []
    folder = _folder(path, document, notices)
    val = next((document[key] for key in _VAL_KEYS if document.get(key)), None)
    return YoloYaml(
        folder=folder,
        train=_places(path, folder, "train", document.get("train"), notices),
        val=() if val is None else _places(path, folder, "val", val, notices),
        names=_names(path, document),
        keypoints=_keypoints(path, document.get("kpt_shape")),
        notices=tuple(notices),
    )


def _folder(path: Path, document: dict[Any, Any], notices: list[str]) -> Path:
    """The folder that paths of images start from."""
    written = document.get("path")
    if written is None or written == "":
        return path.parent
    if not isinstance(written, str):
        raise DataError(f"{shown(path)}: path: expected a text, got {quoted(written)}")
    if _is_there(folder := path.parent / written):
        return folder
    for folder in (*_tails(path.parent, written), path.parent):
        if folder.is_dir():
            break
    notices.append(
        f"{path.name}: path {quoted(written)} is not there; {shown(folder)} was taken in its place"
    )
    return folder


def _places(
    path: Path, folder: Path, key: str, value: object, notices: list[str]
) -> tuple[Path, ...]:
    """The folders and list files of a part."""
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(each, str) and each for each in listed):
        got = "nothing" if value is None or value == [] else quoted(value)
        raise DataError(
            f"{shown(path)}: {key}: expected a folder or a list file (.txt), or a list of them, "
            f"got {got}"
        )
    return tuple(_place(path, folder, key, str(each), notices) for each in listed)


def _place(path: Path, folder: Path, key: str, written: str, notices: list[str]) -> Path:
    if _is_there(place := folder / written):
        return place
    for base in dict.fromkeys((folder, path.parent)):
        for tail in _tails(base, written):
            if _is_there(tail):
                notices.append(
                    f"{path.name}: {key} {quoted(written)} is not there; {shown(tail)} was taken "
                    "in its place"
                )
                return tail
    raise DataError(
        f"{shown(path)}: {key}: {shown(place)}: No such folder or file, nor is it beside "
        f"{shown(path)}; mend the path, or name the folders by data.train and data.val"
    )


def _tails(base: Path, written: str) -> Iterator[Path]:
    """A path beneath a folder without `..`, drive and root, and its last parts if it was absolute.

    Roboflow writes `../train/images` of what lies beside its file. `images` alone may be those
    of another part.
    """
    pure = PureWindowsPath(written)  # which takes both / and \\ apart
    parts = [part for part in pure.parts if part not in ("..", pure.anchor)]
    for start in range(len(parts) if pure.anchor else min(1, len(parts))):
        if start == 0 or parts[start:] != ["images"]:
            yield base.joinpath(*parts[start:])


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long, or no possible name
        return False


def _names(path: Path, document: dict[Any, Any]) -> dict[int, str] | None:
    """The names of classes by number; DataError where they and `nc` contradict each other."""
    names, count = document.get("names"), document.get("nc")
    if count is not None and (type(count) is not int or not 0 < count <= _MAX_CLASSES):
        raise DataError(f"{shown(path)}: nc: expected a whole number, got {quoted(count)}")
    if names is None:
        return None if count is None else {number: str(number) for number in range(count)}
    if not isinstance(names, list | dict) or not 0 < len(names) <= _MAX_CLASSES:
        raise DataError(
            f"{shown(path)}: names: expected a list of names, or numbers with a name each, got "
            f"{quoted(names)}"
        )
    pairs = enumerate(names) if isinstance(names, list) else names.items()
    by_number: dict[int, str] = {}
    for key, name in pairs:
        number = int(key) if isinstance(key, str) and key.isascii() and key.isdigit() else key
        if type(number) is not int or number < 0 or isinstance(name, list | dict):
            raise DataError(
                f"{shown(path)}: names: expected numbers from 0 on with a name each, got "
                f"{quoted(key)}: {quoted(name)}"
            )
        by_number[number] = str(name)
    if count is not None and count != len(by_number):
        raise DataError(f"{shown(path)}: nc is {count}, but there are {len(by_number)} names")
    return by_number


def _keypoints(path: Path, shape: object) -> int:
    """Numbers of keypoints behind a box: of `kpt_shape`, points and numbers of each."""
    if shape is None:
        return 0
    if isinstance(shape, list) and len(shape) == 2 and all(type(each) is int for each in shape):
        points, numbers = shape
        if 0 < points <= 10_000 and numbers in (2, 3):
            return int(points * numbers)
    raise DataError(
        f"{shown(path)}: kpt_shape: expected the number of keypoints and 2 or 3, got "
        f"{quoted(shape)}"
    )
