"""How figures look: three themes, and a colour, a dash and a marker for every head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

ThemeName = Literal["light", "dark", "print"]

THEMES: tuple[ThemeName, ...] = ("light", "dark", "print")

FONT_SIZE = 7.0
"""Points: what journals ask of figures at the width of a column."""

COLUMN_INCHES = 3.3
"""A column of a paper."""

PAGE_INCHES = 7.0
"""The whole width of a page."""

# Okabe and Ito, Color Universal Design, 2008: apart for every common kind of colour blindness.
_ON_WHITE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#3a3a3a", "#56b4e9", "#7a4fa3")
_ON_DARK = ("#56b4e9", "#ff9d5c", "#2fd1a2", "#f0a6d0", "#f0e442", "#e6e6e6", "#7fa8ff", "#c9a2ff")
# As well apart in grey: dark, middle, light in turn.
_IN_PRINT = ("#003f73", "#b84a00", "#5cb597", "#7b3f68", "#c08a00", "#000000", "#6cb6e2", "#8a8a8a")

_DASHES: tuple[Any, ...] = (
    "solid",
    (0, (4, 1.6)),
    (0, (1.2, 1.2)),
    (0, (6, 1.4, 1.2, 1.4)),
    (0, (8, 2)),
    (0, (3, 1.2, 1.2, 1.2, 1.2, 1.2)),
)
MARKERS = "o^sDvP*X<>"


@dataclass(frozen=True, slots=True)
class HeadLook:
    """A head's colour, dash and marker; the marker is empty where the theme needs none."""

    colour: str
    dash: Any
    marker: str


@dataclass(frozen=True, slots=True)
class Look:
    """A theme.

    Attributes:
        ink, paper, faint: of text and axes, of the ground, of what stands behind.
        background: of the class of background, which no head's colour is.
        good, bad, warn: of what holds, fails, or is neither.
        ramp: a perceptual colour map, dark for much on light grounds.
    """

    name: ThemeName
    ink: str
    paper: str
    faint: str
    background: str
    good: str
    bad: str
    warn: str
    ramp: str

    def head(self, position: int) -> HeadLook:
        """Of the head at a position of the scenario."""
        colours = {"light": _ON_WHITE, "dark": _ON_DARK, "print": _IN_PRINT}[self.name]
        marker = MARKERS[position % len(MARKERS)] if self.name == "print" else ""
        return HeadLook(colours[position % len(colours)], _DASHES[position % len(_DASHES)], marker)

    def settings(self) -> dict[str, Any]:
        """As matplotlib's settings."""
        ink = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
        return {
            **dict.fromkeys(ink, self.ink),
            "figure.facecolor": self.paper,
            "savefig.facecolor": self.paper,
            "axes.facecolor": self.paper,
            "legend.frameon": False,
            "grid.color": self.faint,
            "grid.linewidth": 0.4,
            "axes.linewidth": 0.6,
            "xtick.major.width": 0.6,
            "ytick.major.width": 0.6,
            "xtick.major.size": 2.5,
            "ytick.major.size": 2.5,
            "xtick.minor.size": 0,
            "ytick.minor.size": 0,
            "lines.linewidth": 1.2,
            "axes.titlelocation": "left",
            "axes.titlepad": 4.0,
        }


LOOKS: dict[ThemeName, Look] = {
    "light": Look(
        "light",
        "#1f2328",
        "#ffffff",
        "#d5d9de",
        "#8a9099",
        "#1a7f37",
        "#b42318",
        "#9a6700",
        "viridis_r",
    ),
    "dark": Look(
        "dark",
        "#e6e9ee",
        "#14171c",
        "#3a404a",
        "#8f98a5",
        "#4cc36b",
        "#ff7b72",
        "#e3b341",
        "viridis",
    ),
    "print": Look(
        "print",
        "#000000",
        "#ffffff",
        "#cccccc",
        "#8c8c8c",
        "#005a1e",
        "#8e1010",
        "#5c4200",
        "Greys",
    ),
}
