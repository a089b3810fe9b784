"""matplotlib without its surroundings: no settings of the user's, no files, no window."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from objtui.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FONT = "DejaVu Sans"
"""It comes with matplotlib, so that a figure is the same on every machine."""

PNG_DPI = 300
"""Dots an inch: print quality at the size of the figure."""

_CONFIG = "MPLCONFIGDIR"

_SETTINGS: dict[str, Any] = {
    "font.family": [FONT],
    "text.parse_math": False,  # names of runs may have dollars
    "axes.unicode_minus": True,
    "svg.fonttype": "none",  # text stays text; `svg_fonts` embeds its font
    "svg.hashsalt": "objtui",
    "pdf.fonttype": 42,  # embedded as TrueType: text can be searched and copied
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.dpi": 100,
}

_METADATA: dict[str, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": "objtui"},
    "pdf": {"CreationDate": None, "Creator": "objtui", "Producer": None},
    "png": {"Software": None},
}
"""Without a date or a version: the same run gives the same bytes."""


def require_matplotlib() -> None:
    """Import matplotlib; UsageError where it is not installed.

    Where nobody has chosen a folder for it, what it would write there goes into a folder that is
    removed at once, since nothing may be written beside the figure.
    """
    if "matplotlib.font_manager" in sys.modules:
        return
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # its fonts are listed each time
    chosen = os.environ.get(_CONFIG)
    with tempfile.TemporaryDirectory(prefix="objtui-figures-") as folder:
        os.environ[_CONFIG] = chosen or folder
        try:
            import matplotlib.font_manager
            import matplotlib.style  # noqa: F401
        except ImportError:
            raise UsageError(
                "a figure needs matplotlib: pip install 'objtui[figures]'; or add --size 120x40 "
                "to draw what a terminal of that size shows"
            ) from None
        finally:
            if chosen is None:
                del os.environ[_CONFIG]


@contextmanager
def settings(colours: dict[str, Any], font_size: float) -> Iterator[None]:
    """Within it matplotlib draws by our settings alone."""
    import matplotlib

    with warnings.catch_warnings(), matplotlib.rc_context():
        warnings.simplefilter("ignore")  # such as of a letter that the font does not have
        matplotlib.rcdefaults()
        small = dict.fromkeys(("xtick.labelsize", "ytick.labelsize"), font_size - 0.5)
        chosen: Any = {
            **_SETTINGS,
            **small,
            **colours,
            "font.size": font_size,
            "axes.labelsize": font_size,
            "axes.titlesize": font_size,
            "legend.fontsize": font_size - 0.5,
        }
        matplotlib.rcParams.update(chosen)
        yield


def figure_bytes(figure: Figure, kind: str) -> bytes:
    """A figure as the content of a file of svg, pdf or png; within `settings`."""
    from io import BytesIO

    from objtui.figures.svg_fonts import with_fonts

    out = BytesIO()
    figure.savefig(
        out,
        format=kind,
        dpi=PNG_DPI,
        metadata=_METADATA[kind],
        facecolor=figure.get_facecolor(),
    )
    return with_fonts(out.getvalue()) if kind == "svg" else out.getvalue()
