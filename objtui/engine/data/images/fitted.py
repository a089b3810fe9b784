"""The anchors of a data set with sizes fitted to its boxes, without building its rows."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from objtui.datafiles.files import under_key
from objtui.engine.data.images.anchor_reach import fit_anchors
from objtui.engine.data.images.pictures import Pictures, scenes_of
from objtui.scenario.schema import Anchors, Data


def fitted_anchors(data: Data, anchors: Anchors, base: Path) -> Anchors:
    """`anchors`, those of a source of images, as a training has them.

    Raises DataError where the boxes cannot be read, or there are none.
    """
    source = import_module(f"objtui.engine.data.{data.builder}")
    with under_key("data"):
        pictures: Pictures = source.read_pictures(data, base)
        return fit_anchors(scenes_of(pictures.train), anchors, data.seed)[0]
