"""Knowing annotations of other kinds than COCO by sight, and saying how to convert them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from objtui.datafiles.files import nearest_hint, quoted, shown
from objtui.errors import DataError
from objtui.scenario.schema.images import CONVERT_TO_COCO, USE_YOLO

_FIRST_BYTES = 4096
_MAX_ENTRIES = 2000  # of a folder, to know it by

_NUMBER = r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?"
_YOLO_LINE = re.compile(rf"^\s*\d+(?:\s+{_NUMBER}){{4,}}\s*$")
_KITTI_LINE = re.compile(rf"^\s*[A-Za-z]\w*(?:\s+{_NUMBER}){{14,15}}\s*$")
_BOX_COLUMN = re.compile(
    r"\b(x_?min|xmax|x1|bbox|bbox_x|left|region_shape_attributes|XMin|width)\b", re.IGNORECASE
)
_NAME_COLUMN = re.compile(
    r"\b(file_?name|image|image_?id|image_path|path|file)\b|\.(png|jpe?g|tiff?|bmp)\b",
    re.IGNORECASE,
)
IMAGE_SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("png", "jpg", "jpeg", "jpe", "jp2", "j2k", "tif", "tiff", "bmp", "gif", "webp", "tga"),
        *("ppm", "pgm", "pbm", "pnm"),
    )
)

YOLO = f"YOLO labels: {USE_YOLO}"
VOC = f"Pascal VOC XML; convert the folder to COCO ({CONVERT_TO_COCO.format('voc')})"
CVAT = f"CVAT XML; export the task from CVAT as COCO 1.0, or: {CONVERT_TO_COCO.format('cvat')}"
XML = "XML and no COCO JSON; export the annotations as COCO"
LABELME = (
    "LabelMe JSON, one file an image; convert the folder to one COCO file (pip install "
    "labelme2coco, then: labelme2coco FOLDER)"
)
VIA = "VIA JSON (VGG Image Annotator); in VIA use Annotation > Export Annotations (COCO format)"
LABEL_STUDIO = "Label Studio JSON; in Label Studio use Export > COCO"
CREATE_ML = "CreateML JSON; export the data set as COCO where it comes from"
RESULTS = (
    "a COCO result file (detections with scores) and no annotations; give the file of the ground "
    "truth, with images, annotations and categories"
)
PANOPTIC = "COCO panoptic JSON; give the file of instances, whose annotations have a bbox each"
BOX_TABLE = "a CSV table of boxes; export the boxes as COCO, or build the COCO JSON from its rows"
LABELBOX = "Labelbox JSON; export the data set as COCO, or convert it"
SUPERVISELY = "Supervisely JSON, one file an image; in Supervisely use Export to COCO"
BDD = "a list of images with labels, as of BDD100K or Scalabel; export the data set as COCO"
VOTT = "VoTT JSON; in VoTT export as Pascal VOC, then: " + CONVERT_TO_COCO.format("voc")
DATUMARO = f"Datumaro JSON ({CONVERT_TO_COCO.format('datumaro')})"
KITTI = f"a file of KITTI labels, one an image; {CONVERT_TO_COCO.format('kitti')}"
LFS = "a pointer of Git LFS in the place of the file; fetch the file itself: git lfs pull"
JSON_LINES = "JSON lines, one object a line; expected one COCO object"
ARCHIVE = "a packed archive; unpack it and give the COCO JSON file in it"
PICTURE = "an image; expected the COCO JSON file of the annotations"
BINARY = "no text; expected the COCO JSON file of the annotations"


def refuse_other_format(annotations: Path, images: Path, part: str) -> None:
    """Raise DataError where the two are not a COCO file, as far as can be seen, and a folder.

    An annotation file that looks like JSON passes: it is still to be read.
    """
    if annotations.is_dir() and images.is_file():
        raise DataError(
            f"{shown(annotations)} is a folder and {shown(images)} a file: images and annotations "
            "are swapped",
            ("data", part, "images"),
        )
    key = ("data", part, "annotations")
    if annotations.is_dir():
        raise DataError(f"{shown(annotations)}: {_name_of_folder(annotations)}", key)
    if not os.path.lexists(_possible(annotations)):
        raise DataError(f"{shown(annotations)}: No such file{_siblings(annotations)}", key)
    if kind := _name_of_file(annotations):
        raise DataError(f"{shown(annotations)}: is {kind}", key)
    images_key = ("data", part, "images")
    if images.is_file():
        raise DataError(
            f"{shown(images)}: is a file; expected the folder of the images", images_key
        )
    if not images.is_dir():
        raise DataError(f"{shown(images)}: No such folder{_siblings(images)}", images_key)


def name_of_json(document: object) -> str | None:
    """What parsed JSON is instead of COCO, as "is …"; None where it is unknown or COCO."""
    kind = _kind_of_list(document) if isinstance(document, list) else None
    if isinstance(document, dict):
        kind = _kind_of_object(document)
    return None if kind is None else f"is {kind}"


def _kind_of_list(document: list[Any]) -> str | None:
    first = document[0] if document else None
    if not isinstance(first, dict):
        return None
    keys = first.keys()
    if {"image_id", "score"} <= keys:
        return RESULTS
    if {"annotations", "data"} <= keys or {"completions", "data"} <= keys or "label" in keys:
        return LABEL_STUDIO
    if "annotations" in keys and isinstance(first["annotations"], list):
        boxes = [each for each in first["annotations"] if isinstance(each, dict)]
        if any("coordinates" in each for each in boxes):
            return CREATE_ML
        if any("result" in each for each in boxes):
            return LABEL_STUDIO
    if {"data_row", "Labels", "Label"} & keys:
        return LABELBOX
    if {"filename", "regions"} <= keys:
        return VIA
    if isinstance(first.get("labels"), list):
        return BDD
    return None


def _kind_of_object(document: Mapping[str, Any]) -> str | None:
    if isinstance(document.get("images"), list) and isinstance(document.get("annotations"), list):
        first = next(iter(document["annotations"]), None)
        if isinstance(first, dict) and "segments_info" in first and "bbox" not in first:
            return PANOPTIC
        return None
    if isinstance(document.get("shapes"), list):
        return LABELME
    if "_via_img_metadata" in document or "_via_settings" in document:
        return VIA
    if isinstance(document.get("objects"), list) and "size" in document:
        return SUPERVISELY
    if {"annotations", "data"} <= document.keys():
        return LABEL_STUDIO
    if isinstance(document.get("assets"), dict):
        return VOTT
    if isinstance(document.get("items"), list) and "categories" in document:
        return DATUMARO
    if "data_row" in document:
        return LABELBOX
    if isinstance(document.get("images"), list) and "annotations" not in document:
        return "a COCO file without annotations, as those of test images are; give one with boxes"
    first = next(iter(document.values()), None)
    if isinstance(first, dict) and "regions" in first:
        return VIA
    return None


def _name_of_file(path: Path) -> str | None:
    """What a file is, by its first bytes; None where it may be JSON or cannot be read."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with path.open("rb") as file:
            start = file.read(_FIRST_BYTES)
    except OSError:
        return None
    if start.startswith((b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")):
        return ARCHIVE
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return PICTURE
    text = start.decode("utf-8-sig", errors="replace").strip()
    if text.startswith("<"):
        return (
            VOC
            if "<annotation>" in text or "<annotation " in text
            else (CVAT if "<annotations" in text else XML)
        )
    lines = text.splitlines()
    if text.startswith("{"):
        objects = lines[:2] if len(lines) > 1 else []
        one_each = len(objects) == 2 and all(
            line.startswith("{") and line.rstrip().endswith("}") for line in objects
        )
        return JSON_LINES if one_each else None
    if text.startswith("["):
        return None
    return _name_of_text(path, lines)


def _name_of_text(path: Path, lines: list[str]) -> str | None:
    suffix = path.suffix.lower()
    if lines and lines[0].startswith("version https://git-lfs"):
        return LFS
    if lines and all(_KITTI_LINE.match(line) for line in lines[:5]):
        return KITTI
    if lines and all(_YOLO_LINE.match(line) for line in lines[:5]):
        return f"a file of {YOLO}"
    keys = {line.partition(":")[0].strip() for line in lines if ":" in line}
    if suffix in (".yaml", ".yml") or {"names", "train"} <= keys:
        return f"the data.yaml of {YOLO}"
    if lines and any(mark in lines[0] for mark in ",;\t"):
        table = _BOX_COLUMN.search(lines[0]) and _NAME_COLUMN.search(lines[0])
        if table or suffix in (".csv", ".tsv"):
            return BOX_TABLE
    if suffix == ".txt" and lines and Path(lines[0].strip()).suffix.lower() in IMAGE_SUFFIXES:
        return f"a list of images, as of {YOLO}"
    if lines and lines[0].isprintable() and suffix not in (".json", ""):
        return f"text that begins with {quoted(lines[0])}; expected the COCO JSON file"
    if suffix in (".tfrecord", ".record", ".pkl", ".pickle", ".npy", ".npz", ".parquet"):
        return BINARY
    return None


def _name_of_folder(path: Path) -> str:
    """What lies in a folder that is given in the place of a file."""
    names = list(_names(path))
    coco = [name for name in names if name.endswith((".json", ".JSON"))]
    texts = [name for name in names if name.endswith(".txt") and name != "classes.txt"]
    if any(name.lower() in ("data.yaml", "dataset.yaml", "classes.txt") for name in names):
        return f"is a folder of {YOLO}"
    if {"images", "labels"} <= set(names):
        return f"is a folder of {YOLO}"
    if texts and str(_name_of_file(path / texts[0])).startswith("a file of YOLO"):
        return f"is a folder of {YOLO}"
    if any(name.lower().endswith(".xml") for name in names):
        return f"is a folder of {VOC}"
    if len(coco) == 1 or any("coco" in name for name in coco):
        name = next((name for name in coco if "coco" in name), coco[0])
        return f"is a folder; expected a file: did you mean {quoted(str(path.name + '/' + name))}?"
    if coco:
        many = len(coco) > 3
        few = ", ".join(map(quoted, coco[:3]))
        return f"is a folder; expected one COCO JSON file; it holds {few}" + (
            f" and {len(coco) - 3} more: if there is one for each image they are no COCO files, "
            "but perhaps LabelMe's; convert them to one COCO file (pip install labelme2coco, "
            "then: labelme2coco FOLDER)"
            if many
            else ""
        )
    if any(Path(name).suffix.lower() in IMAGE_SUFFIXES for name in names):
        return "is a folder of images; expected the COCO JSON file of their annotations"
    return "is a folder; expected the COCO JSON file of the annotations"


def _names(folder: Path) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            for count, entry in enumerate(entries):
                if count == _MAX_ENTRIES:
                    return
                yield entry.name
    except OSError:
        return


def _siblings(path: Path) -> str:
    """The nearest name beside a file that is not there."""
    names = sorted(_names(path.parent))
    if not names:
        there = path.parent.is_dir()
        return "" if there else f"; nor is there a folder {shown(path.parent)}"
    return f" in {shown(path.parent)}: {nearest_hint(path.name, names)}"


def _possible(path: Path) -> str:
    """A path that the system takes; `.` for one that no file can have, which reading refuses."""
    text = str(path)
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return os.curdir
    return os.curdir if "\0" in text else text
