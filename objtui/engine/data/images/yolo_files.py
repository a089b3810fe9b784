"""The files of a YOLO data set: its images by a data.yaml, folders or lists, and their labels.

A label file has its image's name with .txt, in the folder where the last /images/ of the path
is /labels/, else beside the image (`img2label_paths` in ultralytics/data/utils.py).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from objtui.datafiles.files import Problems, file_text, quoted, shown
from objtui.engine.data.images.image_lists import entries_of, images_in, images_listed, near
from objtui.engine.data.images.yolo_yaml import read_yaml
from objtui.errors import DataError, KeyPath
from objtui.scenario.schema import YoloData

MAX_IMAGES = 1_000_000
"""Images of a part of a data set."""

_YAML_SUFFIXES = (".yaml", ".yml")
_TRAIN, _VAL = ("train", "training"), ("val", "valid", "validation")
_MARK, _LABELS = f"{os.sep}images{os.sep}", f"{os.sep}labels{os.sep}"


@dataclass(frozen=True, slots=True)
class YoloPart:
    """The images of a part of a data set.

    Attributes:
        images: their paths, sorted, each once.
        label_of: the label file of an image.
        key: the key of the scenario that names them.
        where: the folder or file that they are of, for people.
    """

    images: list[Path]
    label_of: Callable[[Path], Path]
    key: KeyPath
    where: str


@dataclass(frozen=True, slots=True)
class YoloFiles:
    """The files of a data set; `val` is None where there are no images of their own for it.

    `names` are those of the classes, None where none are given; `keypoints` the numbers
    behind every box.
    """

    train: YoloPart
    val: YoloPart | None
    names: dict[int, str] | None
    keypoints: int
    notices: tuple[str, ...]


def find_files(data: YoloData, base: Path) -> YoloFiles:
    """The files that `data` names; DataError where they are not there."""
    if data.data is not None:
        return _of_data((base / data.data).absolute(), ("data", "data"))
    train = _given_paths(data.train, base)
    val = _given_paths(data.val, base)
    names = next(filter(None, map(_class_names, _around(train))), None)
    return _files(train, val, ("data", "train"), ("data", "val"), names, 0, base, ())


def label_path(image: Path) -> Path:
    """The label file of an image by the rule of YOLO."""
    head, mark, tail = os.fspath(image).rpartition(_MARK)
    return (Path(f"{head}{_LABELS}{tail}") if mark else image).with_suffix(".txt")


def label_beside(image: Path) -> Path:
    """The label file in the image's own folder."""
    return image.with_suffix(".txt")


def _of_data(path: Path, key: KeyPath) -> YoloFiles:
    """The files of a data.yaml, or of a folder with one or with the usual folders."""
    try:
        if path.is_dir():
            yaml_file = _yaml_in(path)
            if yaml_file is None:
                return _of_folder(path, key)
            path = yaml_file
        elif path.suffix.lower() not in _YAML_SUFFIXES or not os.path.lexists(path):
            raise DataError(_no_data(path), key)
        content = read_yaml(path)
    except DataError as error:
        raise error.under(key) from error
    return _files(
        content.train,
        content.val,
        key,
        key,
        content.names,
        content.keypoints,
        content.folder,
        content.notices,
    )


def _no_data(path: Path) -> str:
    """What is wrong with a path that is neither a folder nor a data.yaml."""
    if not os.path.lexists(path):
        return f"{shown(path)}: No such file or folder{near(path)}"
    if path.suffix.lower() == ".txt":
        return f"{shown(path)}: is a list of images or a label file; a list belongs in data.train"
    coco = '; COCO annotations are read by source = "coco"' * (path.suffix.lower() == ".json")
    return f"{shown(path)}: expected a data.yaml, or the folder of a data set{coco}"


def _yaml_in(folder: Path) -> Path | None:
    """The data.yaml of a folder; None where it has none."""
    names = [name for name, _ in entries_of(folder) if name.lower().endswith(_YAML_SUFFIXES)]
    usual = [name for name in names if name.lower().startswith(("data.", "dataset."))]
    if len(usual or names) > 1:
        few = ", ".join(map(quoted, (usual or names)[:5]))
        raise DataError(
            f"{shown(folder)}: has several .yaml files, {few}; name the one of the data"
        )
    return folder / (usual or names)[0] if names else None


def _of_folder(folder: Path, key: KeyPath) -> YoloFiles:
    """images/train, train/images or train.txt, and so of val; else all images are for training."""
    train, val = _split(folder, _TRAIN), _split(folder, _VAL)
    if train is None and val is not None:
        raise DataError(
            f"{shown(folder)}: has {shown(val)} for validation, but no images/train or "
            "train/images; name the folders by data.train and data.val",
            key,
        )
    if train is None:
        train = folder / "images" if (folder / "images").is_dir() else folder
    names = next(filter(None, map(_class_names, (folder, folder / "labels"))), None)
    return _files((train,), () if val is None else (val,), key, key, names, 0, folder, ())


def _split(folder: Path, names: Sequence[str]) -> Path | None:
    """The images of a part by its usual names, also with a year: images/train2017."""
    images = folder / "images"
    for name in names:
        for place in (images, folder):
            for entry, is_file in entries_of(place):
                if not is_file and entry.rstrip("0123456789") == name:
                    below = place / entry / "images"
                    return below if place == folder and below.is_dir() else place / entry
        if (folder / f"{name}.txt").is_file():
            return folder / f"{name}.txt"
    return None


def _given_paths(paths: str | tuple[str, ...] | None, base: Path) -> tuple[Path, ...]:
    listed = (paths,) if isinstance(paths, str) else paths or ()
    return tuple((base / each).absolute() for each in listed)


def _around(paths: Sequence[Path]) -> Iterator[Path]:
    """Folders in which the names of the classes may lie: of the images, and above them."""
    for path in paths:
        yield from (path, path.parent, path.parent / "labels", path.parent.parent)


def _class_names(folder: Path) -> dict[int, str] | None:
    """The names of classes.txt, as labelImg and Label Studio write it; None without one."""
    try:
        lines = file_text(folder / "classes.txt", 1 << 20).rstrip().split("\n")
    except (FileNotFoundError, DataError):
        return None
    return {number: line.strip() for number, line in enumerate(lines)} if lines[0].strip() else None


def _files(
    train: tuple[Path, ...],
    val: tuple[Path, ...],
    train_key: KeyPath,
    val_key: KeyPath,
    names: dict[int, str] | None,
    keypoints: int,
    root: Path,
    notices: tuple[str, ...],
) -> YoloFiles:
    lines = list(notices)
    of_train = _part(train, train_key, root, "train", lines)
    of_val = _part(val, val_key, root, "val", lines) if val else None
    if of_val is not None and of_val.images == of_train.images:
        lines.append("val names the images of train, so scores are measured on the training rows")
        of_val = None
    return YoloFiles(of_train, of_val, names, keypoints, tuple(lines))


def _part(
    places: tuple[Path, ...], key: KeyPath, root: Path, part: str, notices: list[str]
) -> YoloPart:
    """The images of folders and list files; DataError where there is none."""
    problems, images = Problems(), list[Path]()
    for place in places:
        try:
            if place.is_dir():
                images += images_in(place, part, notices)
            else:
                images += images_listed(place, root, key, problems)
        except DataError as error:
            for own, line in error.problems:
                problems.add(line, own or key)
    problems.raise_if_any()
    distinct = sorted(set(images), key=os.fspath)
    if len(distinct) > MAX_IMAGES:
        raise DataError(f"there are {len(distinct)} {part} images; {MAX_IMAGES} at most", key)
    if len(distinct) < len(images):
        more = len(images) - len(distinct)
        notices.append(f"{part}: {more} images are listed more than once and were taken once")
    where = shown(places[0]) if len(places) == 1 else f"the {len(places)} places of {part}"
    if not distinct:
        labels = "; give the folder of the images, whose labels lie beside"
        raise DataError(
            f"{where}: holds no images (.png, .jpg, .tif, .bmp, .webp and so on)"
            f"{labels * any('labels' in place.parts[-2:] for place in places)}",
            key,
        )
    return YoloPart(distinct, _labels_of(distinct, part, notices), key, where)


def _labels_of(images: list[Path], part: str, notices: list[str]) -> Callable[[Path], Path]:
    """Where the labels are: beside the images only where there is none at its place."""
    if any(label_path(image).is_file() for image in images):
        return label_path
    if any(label_beside(image).is_file() for image in images):
        if any(label_path(image) != label_beside(image) for image in images):
            notices.append(
                f"{part}: there are no labels at {shown(label_path(images[0]).parent)}; those "
                "beside the images were taken"
            )
        return label_beside
    return label_path
