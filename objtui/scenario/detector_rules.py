"""Rules of a scenario whose backbone is given whole images."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from objtui.scenario.lines import Finding
from objtui.scenario.parts import Parts
from objtui.scenario.schema import SOURCES, Anchors, DataTable, Model, Train
from objtui.text.numbers import either, quoted


def detector_rules(parts: Parts) -> Iterator[Finding]:
    """What does not fit together among data, layers and tiles; nothing for other backbones."""
    model, train = parts.model, parts.train
    if model is None or not model.sees_images:
        return
    yield from _layer_rules(model)
    if train is not None:
        yield from _train_rules(train)
    if parts.data is None:
        return
    anchors = anchors_of(parts.data)
    if anchors is None:
        sources = either(quoted(each.name() for each in SOURCES if _has_anchors(each)))
        message = f'"{model.backbone}" needs images: a source of them is {sources}'
        yield Finding(("model", "backbone"), message, ("data", "source"))
        return
    stride = prod(stride for _, _, stride in model.layers)
    if stride != anchors.stride:
        message = (
            f"the strides of the layers multiply to {stride}, expected the {anchors.stride} of "
            "data.anchors.stride: a cell is where anchors have their centre"
        )
        yield Finding(("model", "layers"), message)
    if train is not None:
        yield from tile_problems(train, anchors)


def anchors_of(data: DataTable) -> Anchors | None:
    """The anchors of a source of images; None for one of rows."""
    anchors = getattr(data, "anchors", None)
    return anchors if isinstance(anchors, Anchors) else None


def tile_problems(train: Train, anchors: Anchors) -> Iterator[Finding]:
    """A tile that cells do not fill, or in which no anchor lies whole."""
    tile, path = train.tile, ("train", "tile")
    if tile == "whole":
        return
    if tile % anchors.stride:
        near = max(1, round(tile / anchors.stride)) * anchors.stride
        yield Finding(
            path,
            f"expected a multiple of data.anchors.stride, which is {anchors.stride}, such as "
            f"{near}; got {tile}",
        )
    if isinstance(anchors.sizes, tuple):
        largest = max(max(size) if isinstance(size, tuple) else size for size in anchors.sizes)
        if tile < largest:
            yield Finding(
                path,
                f"expected at least {largest:g}, the largest of data.anchors.sizes; got {tile}",
            )


def _has_anchors(source: type[DataTable]) -> bool:
    return "anchors" in source.model_fields


def _layer_rules(model: Model) -> Iterator[Finding]:
    for index, (_, kernel, stride) in enumerate(model.layers):
        if kernel < stride or (kernel - stride) % 2:
            fitting = kernel + 1 if kernel >= stride else stride
            yield Finding(
                ("model", "layers", index),
                f"expected a kernel − stride of 0, 2, 4, …, so that cells lie on the anchors' "
                f"centres, such as kernel {fitting} with stride {stride}; got kernel {kernel}",
            )


def _train_rules(train: Train) -> Iterator[Finding]:
    if train.compile == "always":
        yield Finding(
            ("train", "compile"),
            "not with a backbone that sees images: its steps are slower compiled",
            ("model", "backbone"),
        )
    if train.batch == "all" and train.tile != "whole":
        yield Finding(
            ("train", "batch"),
            'a batch of all images has train.tile = "whole": add that, or give a number of tiles',
        )
