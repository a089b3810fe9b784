"""Lines of cells as SVG."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.segment import Segment, Segments
from rich.text import Text

_ALONE = "\u2500-\u257f\u2800-\u28ff"  # lines of frames, and braille
# Each piece is placed by itself, so that no viewer whose font is a little narrower, or
# which takes braille from a wider one, moves what follows.
_BLOCKS = "▁▂▃▄▅▆▇█"
_PIECE = re.compile(f"[ ]+|─+|[{_ALONE}]|[{_BLOCKS}]+|[^ {_ALONE}{_BLOCKS}]+")

# A cell as Rich places it: its width, its height, and its top above the text's own line.
_WIDTH, _HEIGHT, _ABOVE = 12.2, 24.65, 18.5
_BLOCK_TEXT = re.compile(
    f'<text class="([^"]+)" x="([^"]+)" y="([^"]+)"[^>]*>([{_BLOCKS}]+)</text>'
)


def svg_bytes(lines: Sequence[Text], title: str) -> bytes:
    """The content of an SVG file."""
    return svg_of(lines, title).encode()


def svg_of(lines: Sequence[Text], title: str) -> str:
    """Lines of text in the frame of a window with a title.

    Fonts are the viewer's own: the picture loads nothing from elsewhere.
    """
    console = Console(
        width=max((line.cell_len for line in lines), default=1),
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        no_color=False,
        record=True,
        legacy_windows=False,
    )
    for line in lines:
        parts = Text().append_text(line).render(console, end="")
        pieces = [piece for part in parts for piece in _pieces(part)]
        console.print(Segments([*pieces, Segment.line()]), end="")
    svg = console.export_svg(title=title)
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    return _BLOCK_TEXT.sub(_outline, svg)


def _outline(blocks: re.Match[str]) -> str:
    """Blocks as one shape: those of many fonts leave lines of the ground between rows."""
    style, x, y, text = blocks.groups()
    left, bottom = float(x), float(y) - _ABOVE + _HEIGHT
    drawn = f"M{left:g} {bottom:g}"
    for at, block in enumerate(text, 1):
        top = bottom - _HEIGHT * (_BLOCKS.index(block) + 1) / len(_BLOCKS)
        drawn += f"V{top:.5g}H{left + at * _WIDTH:.6g}"
    return f'<path class="{style}" d="{drawn}V{bottom:g}Z" shape-rendering="crispEdges"/>'


def _pieces(segment: Segment) -> Iterator[Segment]:
    for text in _PIECE.findall(segment.text):
        yield Segment(text, segment.style)
