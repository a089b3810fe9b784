"""Lines that the rows of heads and the answers take.

The layout shares the screen out by them before either panel is imported.
"""

from __future__ import annotations

RIDGE_TOP_LINES, RIDGE_FRAME_LINES = 2, 3
"""Of the panel where heads have a row each, the lines above the heads, its border and the words
over the columns; and all lines that are no head's.
"""

MAX_RIDGE_LINES = 6
"""Lines of a head there beyond which its columns show nothing more."""

MIN_ANSWER_LINES = 4
"""Lines for answers that there should be below the table of scores: see `Scene.answers`."""
