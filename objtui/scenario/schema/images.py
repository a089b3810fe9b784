"""[data] whose rows are anchors on images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from objtui.scenario.lines import Finding
from objtui.scenario.schema.table import (
    DataTable,
    FilePath,
    NonNegativeFloat,
    OpenShare,
    PositiveFloat,
    PositiveInt,
    Share,
    Table,
    as_tuple,
    held_out_twice,
)

AnchorSize = (
    PositiveFloat | Annotated[tuple[PositiveFloat, PositiveFloat], BeforeValidator(as_tuple)]
)

Category = str | Annotated[int, Field(ge=0)]

ImagePaths = (
    FilePath | Annotated[tuple[FilePath, ...], Field(min_length=1), BeforeValidator(as_tuple)]
)

MAX_FITTED = 100
"""Anchor sizes that are fitted to boxes."""

_MAX_ITEMS: dict[tuple[str, ...], int] = {("anchors", "sizes"): 1000}

_FITTED = {"stride": 8, "sizes": "auto", "count": 3}

CONVERT_TO_COCO = "pip install datumaro, then: datum convert -if {} -i FOLDER -f coco -o OUT"
"""How annotations of another format, by datumaro's name of it, become COCO."""

USE_YOLO = 'use source = "yolo" with data = the path of its data.yaml or folder'
"""What to write where the labels are those of YOLO."""

_DARKNET = f"labels of YOLO: {USE_YOLO}"
_VOC = (
    'Pascal VOC cannot be read; convert it to COCO and use source = "coco" '
    f"({CONVERT_TO_COCO.format('voc')})"
)


class Anchors(Table):
    """The dense grid of candidate boxes laid over every image."""

    stride: PositiveInt = 8
    """Distance between anchor centres, in pixels; centres lie at (i + ½) · stride."""
    sizes: (
        Annotated[tuple[AnchorSize, ...], Field(min_length=1), BeforeValidator(as_tuple)]
        | Literal["auto"]
    ) = (16.0, 24.0, 32.0)
    """Anchor sizes in pixels, each a number (square) or [width, height]; "auto" fits them to
    the training boxes (k-means on IoU, by data.seed)."""
    count: Annotated[int, Field(ge=1, le=MAX_FITTED)] = 3
    """Number of sizes that "auto" fits."""
    per_object: PositiveInt | None = None
    """The best so many anchors of an object are positive whatever their IoU with it, every
    other one is background; by default positive_iou and negative_iou decide."""
    positive_iou: Annotated[float, Field(gt=0, le=1)] = 0.5
    """An anchor is positive from this IoU with its best box on."""
    negative_iou: Share = 0.3
    """An anchor is negative below this IoU; between the two it is left out."""

    def problems(self) -> Iterator[Finding]:
        """Limits by which an anchor could be both, and anchors below a pixel."""
        if self.per_object is None and self.negative_iou > self.positive_iou:
            yield Finding(
                ("data", "anchors", "negative_iou"),
                f"expected at most positive_iou, which is {self.positive_iou:g}, "
                f"got {self.negative_iou:g}",
            )
        for index, size in enumerate(() if self.sizes == "auto" else self.sizes):
            side = min(size) if isinstance(size, tuple) else size
            if side < 1:
                path = ("data", "anchors", "sizes", index)
                yield Finding(path, f"expected at least 1 pixel, got {side:g}")


class ImageSet(Table):
    """A folder of images and the COCO annotations of them."""

    images: FilePath
    """Folder of the images, relative to the scenario file; where some of a data set are
    colour, grey ones become colour too."""
    annotations: FilePath
    """COCO JSON file of the boxes, relative to the scenario file; boxes without area are
    passed over."""


class ImagesTable(DataTable):
    """What every source of images has: their anchors are the rows."""

    if TYPE_CHECKING:
        anchors: Anchors
        objectness: Literal["hard", "iou"]
        iou_power: float | None
        background_images: int | None
        crop: int


class CocoData(ImagesTable):
    """Images with COCO boxes, turned into dense anchors with IoU targets."""

    builder = "images.coco"
    example: ClassVar[Mapping[str, object]] = {
        "train": {"images": "images", "annotations": "train.json"},
        "val": {"images": "images", "annotations": "val.json"},
        "anchors": _FITTED,
    }
    reads_files = True
    foreign_names: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("voc", "pascal", "pascal_voc", "pascalvoc"), _VOC),
    }
    max_items = _MAX_ITEMS
    smaller = "use a larger data.anchors.stride, a smaller data.crop or data.max_images"

    source: Literal["coco"]
    train: ImageSet
    """The training images."""
    val: ImageSet | None = None
    """The validation images."""
    val_share: OpenShare | None = None
    """Share of the training images held out at random as validation images, instead of val."""
    category: Category | None = None
    """Name or id of the one category to use; by default all of them, as one."""
    max_images: PositiveInt | None = None
    """At most so many training images, and as many of validation, drawn by data.seed; by default
    all."""
    background_images: Annotated[int, Field(ge=0)] | None = None
    """At most so many of the training images that hold no object, drawn by data.seed; by default
    all."""
    anchors: Anchors = Anchors()
    """The grid of anchors."""
    objectness: Literal["hard", "iou"] = "hard"
    """Target of a positive anchor: "hard" is 1, "iou" is its overlap."""
    iou_power: PositiveFloat | None = None
    """With objectness = "iou" the target is the overlap to the power of this; by default 1."""
    crop: PositiveInt = 12
    """An anchor's pixels are resized to crop × crop."""

    def problems(self) -> Iterator[Finding]:
        """Two ways to hold out images, and what does not fit together among the anchors."""
        yield from held_out_twice(self.val, self.val_share)
        yield from self.anchors.problems()

    def without_positives(self, lowest: float, highest: float, held_out: int) -> Finding:
        """A file without boxes."""
        return Finding(
            ("data", "train", "annotations"),
            f"{self.train.annotations} has no box with an area for these images",
        )


class YoloData(ImagesTable):
    """Images with YOLO label files, turned into dense anchors with IoU targets."""

    builder = "images.yolo"
    example: ClassVar[Mapping[str, object]] = {"data": "data.yaml", "anchors": _FITTED}
    reads_files = True
    foreign_names: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("yolov3", "yolov5", "yolov8", "yolov11", "yolo11", "ultralytics", "darknet"), _DARKNET
    )
    max_items = _MAX_ITEMS
    smaller = "use a larger data.anchors.stride, a smaller data.crop or data.max_images"

    source: Literal["yolo"]
    data: FilePath | None = None
    """A data.yaml (path, train, val, names), or the folder of a data set, relative to the
    scenario file."""
    train: ImagePaths | None = None
    """In place of data: folder or list file (.txt) of the training images, or a list of both;
    labels lie beside (/images/ becomes /labels/), in .txt of the same names."""
    val: ImagePaths | None = None
    """The same of the validation images."""
    val_share: OpenShare | None = None
    """Share of the training images held out at random as validation images, instead of val."""
    category: Category | None = None
    """Name or number of the one category to use; by default all of them, as one."""
    max_images: PositiveInt | None = None
    """At most so many training images, and as many of validation, drawn by data.seed; by default
    all."""
    background_images: Annotated[int, Field(ge=0)] | None = None
    """At most so many of the training images that hold no object, drawn by data.seed; by default
    all."""
    anchors: Anchors = Anchors()
    """The grid of anchors."""
    objectness: Literal["hard", "iou"] = "hard"
    """Target of a positive anchor: "hard" is 1, "iou" is its overlap."""
    iou_power: PositiveFloat | None = None
    """With objectness = "iou" the target is the overlap to the power of this; by default 1."""
    crop: PositiveInt = 12
    """An anchor's pixels are resized to crop × crop."""

    @property
    def data_key(self) -> str:
        """The key that names the training images."""
        return "train" if self.data is None else "data"

    def problems(self) -> Iterator[Finding]:
        """No images, or two places of them; what does not fit together among the anchors."""
        if self.data is None and self.train is None:
            yield Finding(
                ("data", "data"), "missing; expected a data.yaml or a folder, or else data.train"
            )
        for key in ("train", "val"):
            if self.data is not None and getattr(self, key) is not None:
                yield Finding(
                    ("data", key),
                    "give data, which names training and validation images, or train and val, "
                    "not both",
                    ("data", "data"),
                )
        yield from held_out_twice(self.val, self.val_share)
        yield from self.anchors.problems()

    def without_positives(self, lowest: float, highest: float, held_out: int) -> Finding:
        """Labels without boxes."""
        return Finding(
            ("data", self.data_key), "the labels of the training images hold no box with an area"
        )


class ScenesData(ImagesTable):
    """Synthetic images of one kind of object on clutter."""

    builder = "images.scenes"
    example: ClassVar[Mapping[str, object]] = {"anchors": _FITTED}
    max_items = _MAX_ITEMS
    smaller = (
        "use a larger data.anchors.stride, a smaller data.crop, or fewer data.train_images and "
        "data.val_images"
    )

    source: Literal["scenes"]
    train_images: PositiveInt = 8
    """Number of training images."""
    val_images: Annotated[int, Field(ge=0)] = 8
    """Number of validation images."""
    size: Annotated[int, Field(ge=16)] = 256
    """Width and height of an image, in pixels."""
    objects: Annotated[int, Field(ge=0)] = 12
    """Number of objects in an image."""
    noise: NonNegativeFloat = 0.1
    """Standard deviation of pixel noise; the pixel range is 0 to 1."""
    background_images: Annotated[int, Field(ge=0)] = 0
    """Number of training images without an object, beside train_images."""
    anchors: Anchors = Anchors()
    """The grid of anchors."""
    objectness: Literal["hard", "iou"] = "hard"
    """Target of a positive anchor: "hard" is 1, "iou" is its overlap."""
    iou_power: PositiveFloat | None = None
    """With objectness = "iou" the target is the overlap to the power of this; by default 1."""
    crop: PositiveInt = 12
    """An anchor's pixels are resized to crop × crop."""

    def problems(self) -> Iterator[Finding]:
        """What does not fit together among the anchors."""
        return self.anchors.problems()

    def without_positives(self, lowest: float, highest: float, held_out: int) -> Finding:
        """Scenes without objects."""
        return Finding(
            ("data", "objects"), f"there are {self.objects} objects in a scene; use at least 1"
        )


def anchors_of(data: DataTable) -> Anchors | None:
    """The grid of a source of images; None of a source of rows."""
    return data.anchors if isinstance(data, ImagesTable) else None


IMAGE_SOURCES: tuple[type[DataTable], ...] = (CocoData, YoloData, ScenesData)
