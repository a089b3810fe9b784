"""Objects that nobody has labelled: in training they count as background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import torch

from objtui.engine.data.dataset import Dataset, Rows
from objtui.engine.data.images.pictures import Picture, Pictures
from objtui.engine.seeding import seeded
from objtui.errors import DataError
from objtui.text.numbers import grouped


def rows_with_missing(dataset: Dataset, share: float, seed: int) -> Dataset:
    """The data set with a share of its positive training rows labelled as background.

    Evaluation rows keep their labels, also where they are those of training. Raises DataError
    where no object would be left.
    """
    if share == 0:
        return dataset
    objects = dataset.train.positive.nonzero()[:, 0]
    chosen, notice = _chosen(len(objects), share, seed)
    places = objects[torch.from_numpy(chosen)]
    targets = dataset.train.targets.index_fill(0, places, 0)
    positive = dataset.train.positive.index_fill(0, places, False)
    return replace(
        dataset,
        train=Rows(dataset.train.table, targets, positive),
        val=dataset.evaluation,
        notices=(*dataset.notices, notice),
    )


def pictures_with_missing(pictures: Pictures, share: float, seed: int) -> Pictures:
    """The pictures with a share of the boxes of training left out; as `rows_with_missing`."""
    if share == 0:
        return pictures
    counts = [len(picture.boxes) for picture in pictures.train]
    chosen, notice = _chosen(sum(counts), share, seed)
    labelled = np.ones(sum(counts), np.bool_)
    labelled[chosen] = False
    ends = accumulate(counts)
    train = [
        replace(picture, boxes=picture.boxes[labelled[end - len(picture.boxes) : end]])
        for picture, end in zip(pictures.train, ends, strict=True)
    ]
    evaluated = pictures.train if pictures.val is None else pictures.val
    return replace(pictures, train=train, val=evaluated, notices=(*pictures.notices, notice))


def _chosen(objects: int, share: float, seed: int) -> tuple[npt.NDArray[np.int64], str]:
    """Which objects have no label, by number, and the notice of them.

    Those of a smaller share are among those of a larger one.
    """
    count = round(share * objects)
    if count and count == objects:
        raise DataError(
            f"{share:g} of the {objects} training objects rounds to all of them; use less, or "
            "more objects",
            ("data", "missing"),
        )
    order = torch.randperm(objects, generator=seeded("missing", seed)).numpy()
    notice = (
        f"{grouped(count)} of {grouped(objects)} training objects are labelled as background "
        "(data.missing); evaluation has all labels"
    )
    return order[:count], notice


def with_background(pictures: Pictures, most: int | None, seed: int) -> Pictures:
    """The pictures with at most so many of training that hold no object, drawn by the seed."""
    empty = [place for place, picture in enumerate(pictures.train) if not len(picture.boxes)]
    if most is None or most >= len(empty):
        return pictures
    order = torch.randperm(len(empty), generator=seeded("background", seed)).tolist()
    dropped = {empty[place] for place in order[most:]}
    train: Sequence[Picture] = [
        picture for place, picture in enumerate(pictures.train) if place not in dropped
    ]
    notice = (
        f"{grouped(most)} of {grouped(len(empty))} training images without an object are used "
        "(data.background_images)"
    )
    return replace(pictures, train=train, notices=(*pictures.notices, notice))
