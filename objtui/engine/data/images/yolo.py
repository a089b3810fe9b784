"""Source `yolo`: images with YOLO label files, turned into dense anchors."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from objtui.datafiles.files import Notices, Oddity, Problems, file_text, quoted, shown
from objtui.engine.data.images.annotated import annotated_pictures
from objtui.engine.data.images.box_frames import (
    AnnotatedImage,
    Annotations,
    WrittenBox,
    place_upright_boxes,
)
from objtui.engine.data.images.categories import chosen_categories
from objtui.engine.data.images.images import image_shape, quiet_pillow
from objtui.engine.data.images.pictures import Pictures
from objtui.engine.data.images.used_images import used_images
from objtui.engine.data.images.yolo_files import YoloFiles, YoloPart, find_files
from objtui.engine.data.images.yolo_labels import Labels, in_pixels, parse_labels
from objtui.errors import DataError
from objtui.scenario.schema import YoloData

_MAX_LABEL_BYTES = 16 << 20

_BACKGROUND = Oddity(
    "image has no label file, or an empty one, and is background",
    "images have no label file, or an empty one, and are background",
)
_POLYGON = Oddity(
    "label is a polygon; the box around it was taken",
    "labels are polygons; the boxes around them were taken",
)
_MIXED = Oddity(
    "label file has boxes and polygons; each line was read as what its numbers are",
    "label files have boxes and polygons; each line was read as what its numbers are",
)
_FLAT = Oddity(
    "label has no width or height and was passed over",
    "labels have no width or height and were passed over",
)
_REPEATED = Oddity(
    "label is the same as one before it in its file and was removed",
    "labels are the same as one before them in their file and were removed",
)


def read_pictures(data: YoloData, base: Path) -> Pictures:
    """The images with their boxes.

    Every file is checked before any image is decoded. Raises DataError where a file is
    missing or damaged, or a line of a label file is no label.
    """
    with quiet_pillow():
        return annotated_pictures(*read_parts(data, base))


def read_parts(data: YoloData, base: Path) -> tuple[Annotations, Annotations | None]:
    """The images that are used, with their boxes; DataError as `build`."""
    files = _used(data, base)
    train = read_part(files, files.train, "train", data.category)
    val = None if files.val is None else read_part(files, files.val, "val", data.category)
    return replace(train, notices=(*files.notices, *train.notices)), val


def _used(data: YoloData, base: Path) -> YoloFiles:
    """The files of the images that are used: of others no label is read."""
    files = find_files(data, base)
    parts = used_images(files.train.images, None if files.val is None else files.val.images, data)
    return replace(
        files,
        train=replace(files.train, images=parts.train),
        val=None if parts.val is None else replace(files.val or files.train, images=parts.val),
        notices=(*files.notices, *parts.notices),
    )


def read_part(
    files: YoloFiles, part: YoloPart, name: str, category: str | int | None
) -> Annotations:
    """The images of a part and their boxes, in pixels of the upright pictures.

    Shares are of the picture as its EXIF orientation turns it upright, as Ultralytics and
    annotation tools show it. Raises DataError with the first problems, each with file and line.
    """
    problems, notices = Problems(), Notices(Path(name))
    images: list[AnnotatedImage] = []
    counts: Counter[str] = Counter()
    numbers: set[int] = set()
    chosen = _chosen(files, category, part)
    for path in part.images:
        label_file = part.label_of(path)
        try:
            image = AnnotatedImage(path, path.name, image_shape(path), None)
            labels = _labels(label_file, files.keypoints)
        except DataError as error:
            problems.add(str(error), part.key)
            continue
        images.append(image)
        if labels is None or not (labels.boxes or labels.polygons or labels.problems):
            notices.add(_BACKGROUND, quoted(path.name))
            continue
        for line, problem in labels.problems:
            problems.add(f"{shown(label_file)}:{line}: {problem}", part.key)
        _note(labels, label_file, notices)
        boxes: list[WrittenBox] = []
        for label in labels.labels:
            where = f"{label_file.name}:{label.line}"
            if files.names is not None and label.category not in files.names:
                problems.add(
                    f"{shown(label_file)}:{label.line}: class {label.category} is not among the "
                    f"{len(files.names)} names, which go from {min(files.names)} to "
                    f"{max(files.names)}; add its name, or remove the line",
                    part.key,
                )
                continue
            numbers.add(label.category)
            counts[_name(files, label.category)] += 1
            corners = in_pixels(label.box, image.shape.width, image.shape.height)
            taken = chosen is None or label.category in chosen
            boxes.append(WrittenBox(where, image, corners, None, False, taken))
        place_upright_boxes([image], boxes, notices)
    problems.raise_if_any()
    if not numbers and name == "train":
        example = part.label_of(part.images[0])
        if flat := notices.count(_FLAT):
            raise DataError(
                f"{part.where}: {'the only box' if flat == 1 else f'every one of {flat} boxes'} in "
                "its label files has no area; expected class cx cy w h, with w and h above 0",
                part.key,
            )
        raise DataError(
            f"{part.where}: none of the {len(part.images)} images has a box in a label file; of "
            f"the first, {shown(part.images[0])}, that would be {shown(example)}",
            part.key,
        )
    taken_names = None if chosen is None else frozenset(_name(files, each) for each in chosen)
    return Annotations(images, notices.lines(), counts, taken_names, part.where)


def _labels(path: Path, keypoints: int) -> Labels | None:
    """What a label file says; None where there is none."""
    try:
        return parse_labels(file_text(path, _MAX_LABEL_BYTES), keypoints)
    except FileNotFoundError:
        return None


def _note(labels: Labels, file: Path, notices: Notices) -> None:
    """Count what was read otherwise than it is written."""
    for oddity, lines in (
        (_POLYGON, labels.polygons),
        (_FLAT, labels.flat),
        (_REPEATED, labels.repeated),
    ):
        for line in lines:
            notices.add(oddity, f"{quoted(file.name)}, line {line}")
    if labels.polygons and labels.boxes:
        notices.add(_MIXED, quoted(file.name))


def _name(files: YoloFiles, number: int) -> str:
    return str(number) if files.names is None else files.names[number]


def _chosen(files: YoloFiles, category: str | int | None, part: YoloPart) -> frozenset[int] | None:
    """The classes to take; None for all. Without names a class is named by its number."""
    if category is None:
        return None
    if files.names is not None:
        return chosen_categories(files.names, category, part.where)
    try:
        return frozenset([int(category)])
    except ValueError:
        raise DataError(
            f"{part.where}: the classes have no names, as there is no data.yaml; give the number "
            f"of the one to take in place of {quoted(category)}",
            ("data", "category"),
        ) from None
