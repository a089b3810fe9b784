"""The font of an SVG, embedded: only the letters that are in it."""

from __future__ import annotations

import base64
import logging
import re
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

_FACES = {"normal": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf"}
_BOLD = re.compile(rb"font(?:-weight)?: (?:bold|700)\b")
_STYLE_END = b"</style>"


def with_fonts(svg: bytes) -> bytes:
    """The SVG with the font of its text in it, so that it looks the same on every machine."""
    letters = "".join(ElementTree.fromstring(svg).itertext())
    weights = ["normal", *(["bold"] if _BOLD.search(svg) else [])]
    faces = b"".join(_face(weight, letters) for weight in weights)
    return svg.replace(_STYLE_END, faces + _STYLE_END, 1)


def _face(weight: str, letters: str) -> bytes:
    """A rule that holds the font of a weight, as WOFF in base64."""
    import matplotlib
    from fontTools import subset
    from fontTools.ttLib import TTFont

    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / _FACES[weight]
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = subset.Options(hinting=False, notdef_outline=True, recalc_timestamp=False)
    options.drop_tables += ["FFTM"]  # of the editor that made it
    with TTFont(path, recalcTimestamp=False) as font:
        chosen = subset.Subsetter(options)
        chosen.populate(text=letters)
        chosen.subset(font)
        font.flavor = "woff"
        out = BytesIO()
        font.save(out)
    data = base64.b64encode(out.getvalue())
    return (
        b"@font-face{font-family:'DejaVu Sans';font-weight:%s;" % weight.encode()
        + b"src:url(data:font/woff;base64,"
        + data
        + b") format('woff')}"
    )
