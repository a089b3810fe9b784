"""What kind of data a path holds, by names and first bytes alone: cheap, whatever it is.

Nothing here raises over what lies there, and nothing is believed: who reads the data says what is
wrong with them. Only regular files are opened, and folders are gone through as far as a bound.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from objtui.datafiles.array_names import names_in
from objtui.datafiles.table import ARRAY_FILES, COLUMN_FILES, LOGIT_NAMES, TARGET_NAMES
from objtui.files import open_regular

_MAX_ENTRIES = 2000  # of a folder
_FIRST_BYTES = 1 << 16
_NAME_BYTES = 1 << 22  # of a COCO file, within which the first image should be named

IMAGE_ENDS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")
"""Of the names of images that a folder is known by; readers take more."""

_YAML = (".yaml", ".yml")
_YAML_KEY = re.compile(rb"^(train|val|names|nc)\s*:", re.MULTILINE)
_COCO_KEY = re.compile(rb'"(images|annotations|categories)"\s*:\s*\[')
_FILE_NAME = re.compile(rb'"file_name"\s*:\s*"((?:[^"\\]|\\.){1,4096})"')
_TRAIN = re.compile("train(ing)?", re.IGNORECASE)
_VALS = ("val", "valid", "validation")

Kind = Literal["yolo", "coco", "table", "logits", "images"]


@dataclass(frozen=True, slots=True)
class UserData:
    """Data as far as their names tell.

    Attributes:
        kind: "images" are some without annotations.
        path: the data.yaml or folder, the file of the training boxes, or that of rows.
        val: the file of the validation boxes or rows that lies beside.
        images, val_images: the folders of the images, of COCO files.
        names: the arrays or columns, of files of rows.
    """

    kind: Kind
    path: Path
    val: Path | None = None
    images: Path | None = None
    val_images: Path | None = None
    names: tuple[str, ...] = ()


def recognised(path: Path) -> UserData | None:
    """What lies at a path; None where it is nothing of these."""
    try:
        if path.is_dir():
            return _folder(path)
        suffix = path.suffix.lower()
        if not path.is_file():
            return None
        if suffix in (*ARRAY_FILES, *COLUMN_FILES):
            return _rows(path)
        if suffix in _YAML and _YAML_KEY.search(_start(path)):
            return UserData("yolo", path)
        if suffix == ".json" and _is_coco(path):
            return _coco(path)
    except (OSError, ValueError):  # ValueError: a null character in the name
        pass
    return None


def target_name(names: Sequence[str]) -> str | None:
    """Which array or column holds the targets, by its name."""
    return _first_of(("targets", *TARGET_NAMES), names)


def logit_name(names: Sequence[str]) -> str | None:
    """Which array or column holds logits, by its name."""
    return _first_of(("logits", *LOGIT_NAMES), names)


def _first_of(usual: Sequence[str], names: Sequence[str]) -> str | None:
    folded = {name.casefold(): name for name in reversed(names)}
    return next((folded[each] for each in usual if each in folded), None)


def _rows(path: Path) -> UserData:
    """A file of logits is one that holds nothing beside them but targets and steps."""
    names = names_in(path)
    logits, targets = logit_name(names), target_name(names)
    others = set(names) - {logits, targets, "step"}
    kind: Kind = "logits" if logits and targets and not others else "table"

    def alike(twin: Path) -> bool:
        return set(names_in(twin)) == set(names)

    val = _validation_twin(path, alike)
    return UserData(kind, path, val, names=names)


def _folder(path: Path) -> UserData | None:
    names = _entries(path)
    if any(_is_data_yaml(path / name) for name in names if name.lower().endswith(_YAML)):
        return UserData("yolo", path)
    if annotations := _coco_in(path):
        return _coco(annotations)
    if _has_labels(path, names):
        return UserData("yolo", path)
    if any(name.lower().endswith(IMAGE_ENDS) for name in names) or "images" in names:
        return UserData("images", path)
    return None


def _is_data_yaml(path: Path) -> bool:
    return _YAML_KEY.search(_start(path)) is not None


def _has_labels(folder: Path, names: Sequence[str]) -> bool:
    """images beside labels, as YOLO has them, also a part at a time; or .txt beside images."""
    if "images" in names and "labels" in names:
        return True
    head, mark, tail = f"{folder.absolute()}{os.sep}".rpartition(f"{os.sep}images{os.sep}")
    if mark and Path(head, "labels", tail).is_dir():
        return True
    if any(_TRAIN.match(name) and (folder / name / "labels").is_dir() for name in names):
        return True
    for place in (folder, folder / "images", folder / "train"):
        held = set(_entries(place))
        stems = {os.path.splitext(name)[0] for name in held if name.lower().endswith(IMAGE_ENDS)}
        if any(f"{stem}.txt" in held for stem in stems):
            return True
    return False


def _coco_in(folder: Path) -> Path | None:
    """The COCO file of the training boxes in a folder, by the usual places and names."""
    places = [folder / "annotations", *_training_folders(folder), folder]
    files = [place / name for place in places for name in _entries(place)]
    json_files = [file for file in files if file.suffix.lower() == ".json"]
    json_files.sort(key=_unlike_training_boxes)
    return next((file for file in json_files[:50] if _is_coco(file)), None)


def _training_folders(folder: Path) -> Iterator[Path]:
    for name in _entries(folder):
        if _TRAIN.match(name) and (folder / name).is_dir():
            yield folder / name


def _unlike_training_boxes(file: Path) -> tuple[bool, bool, bool, str]:
    near = f"{file.parent.name}/{file.name}".lower()
    other = any(word in file.name.lower() for word in ("caption", "keypoint", "panoptic", "stuff"))
    held_out = "val" in near or "test" in near
    return (other, held_out, not _TRAIN.search(near), str(file))


def _is_coco(path: Path) -> bool:
    start = _start(path)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"{") and _COCO_KEY.search(text) is not None


def _coco(path: Path) -> UserData:
    val = _validation_twin(path, _is_coco)
    val_images = None if val is None else _images_of(val)
    return UserData("coco", path, val, _images_of(path), val_images)


def _images_of(annotations: Path) -> Path:
    """The folder that the first image named in a COCO file lies in; by default the file's own."""
    above, stem = annotations.parent.parent, annotations.stem
    part = stem.removeprefix("instances_")
    folders = [
        annotations.parent,
        annotations.parent / "images",
        annotations.parent / part,
        annotations.parent / "images" / part,
        above / part,
        above / "images" / part,
        above / "images",
        above,
    ]
    match = _FILE_NAME.search(_start(annotations, _NAME_BYTES))
    if match is not None:
        name = match[1].decode("utf-8", "replace").replace("\\/", "/")
        for spelling in (name, re.split(r"[/\\]", name)[-1]):
            for folder in folders:
                if not spelling.startswith("/") and (folder / spelling).is_file():
                    return folder
    return annotations.parent


def _validation_twin(path: Path, accepts: Callable[[Path], bool]) -> Path | None:
    """The same file of the validation part: `val` for `train`, in its name or its folders'."""
    path = path.absolute()
    name, folder, above = path.name, path.parent.name, path.parent.parent
    for val in _VALS:
        for new_name, new_folder in (
            (_TRAIN.sub(val, name), folder),
            (name, _TRAIN.sub(val, folder)),
            (_TRAIN.sub(val, name), _TRAIN.sub(val, folder)),
        ):
            twin = above / new_folder / new_name
            if twin != path and twin.is_file() and accepts(twin):
                return twin
    return None


def _start(path: Path, most: int = _FIRST_BYTES) -> bytes:
    """The first bytes of a regular file; none of anything else."""
    try:
        with open_regular(path, follow_links=True) as file:
            return file.read(most)
    except OSError:
        return b""


def _entries(folder: Path) -> list[str]:
    """Names in a folder, sorted, as many as the bound; hidden ones are none."""
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for count, entry in enumerate(entries):
                if count == _MAX_ENTRIES:
                    break
                if not entry.name.startswith("."):
                    names.append(entry.name)
    except OSError:
        return []
    return sorted(names)
