"""What was seen of somebody's data before a scenario is written for them."""

from __future__ import annotations

from dataclasses import dataclass

Size = float | tuple[float, float]
"""Of an anchor in pixels: a square's side, or width and height."""


@dataclass(frozen=True, slots=True)
class ImageSurvey:
    """Annotated images, and the anchors chosen for them.

    Attributes:
        images: of training, those that `val_share` holds out not among them; `val_images` None
            where there are none.
        used_images: how many of each part fit into a first training.
        smallest, largest: width and height of the smallest and largest image, by area.
        channels: 1 grey, 3 colour.
        boxes: of the images that were looked at, `looked_at`.
        box_sides: (width, height) of boxes in pixels: the 10 %, 50 % and 90 % quantile of each.
        categories: name and boxes of the most frequent, the most first.
        category_count: how many there are.
        stride, sizes: the anchors.
        reached: share of the boxes with a positive anchor: the recall ceiling.
        rows, val_rows: anchors that become rows, estimated of the images that are used.
        base_rate: share of positive rows.
        val_share: share of the training images to hold out; None where `val` is there, or one
            image alone.
        notices: what was read otherwise than it is written, a line each.
    """

    images: int
    val_images: int | None
    used_images: int
    looked_at: int
    smallest: tuple[int, int]
    largest: tuple[int, int]
    channels: int
    boxes: int
    box_sides: tuple[tuple[float, float], ...]
    categories: tuple[tuple[str, int], ...]
    category_count: int
    stride: int
    sizes: tuple[Size, ...]
    reached: float
    rows: int
    val_rows: int
    base_rate: float
    val_share: float | None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RowSurvey:
    """Rows of a table.

    Attributes:
        rows, val_rows: of both parts; `val_rows` 0 where there is no such part.
        features: columns of a row.
        base_rate: share of positive rows.
        val_share: share of the rows to hold out, which are not among `rows`; None where `val` is
            there, or too little is.
        notices: what was read otherwise than it is written, a line each.
    """

    rows: int
    val_rows: int
    features: int
    base_rate: float
    val_share: float | None = None
    notices: tuple[str, ...] = ()


Survey = ImageSurvey | RowSurvey
