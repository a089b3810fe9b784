"""Where the texts of a figure stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
from PIL import ImageFont

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Box:
    """Where a text stands, in points."""

    left: float
    top: float
    right: float
    bottom: float
    words: str

    def is_apart(self, other: Box) -> bool:
        beside = other.left >= self.right or other.right <= self.left
        return beside or other.top >= self.bottom or other.bottom <= self.top


def text_boxes(svg: bytes) -> list[Box]:
    """The level texts of an SVG, by Pillow's own measure."""
    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    boxes = []
    for node in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        style, words = node.get("style", ""), "".join(node.itertext())
        transform = node.get("transform", "")
        line = re.fullmatch(r"translate\(([-\d.]+) ([-\d.]+)\)", transform)  # of several
        if not line and ("x" not in node.attrib or "rotate(-0 " not in transform):
            continue
        size = float(re.findall(r"font-size: ([\d.]+)px", style)[0])
        face = "DejaVuSans-Bold.ttf" if "font-weight: 700" in style else "DejaVuSans.ttf"
        width = ImageFont.truetype(str(fonts / face), 100).getlength(words) * size / 100
        if line:
            left, bottom = float(line[1]), float(line[2])
        else:
            anchor = {"start": 0.0, "middle": 0.5, "end": 1.0}
            left = float(node.attrib["x"]) - anchor[re.findall(r"anchor: (\w+)", style)[0]] * width
            bottom = float(node.attrib["y"])
        boxes.append(Box(left, bottom - 0.75 * size, left + width, bottom, words))
    return boxes


def require_whole(boxes: list[Box], width: float) -> None:
    """No text is cut at the edges of a figure of so many inches, or lies on another."""
    for at, one in enumerate(boxes):
        assert one.left > -1, one.words
        assert one.right < width * 72 + 1, one.words
        for other in boxes[at + 1 :]:
            assert one.is_apart(other), (one.words, other.words)
