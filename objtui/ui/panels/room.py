"""The lines that panels take, which the layout shares out before any of them is imported."""

from __future__ import annotations

ABOVE, AROUND = 2, 3
"""Of the panel where heads have a row each, the lines that are no head's: its frame, and the words
over the columns; those above the heads.
"""

MAX_ROWS = 6
"""Lines of a head there beyond which its columns show nothing more."""

ANSWER_LINES = 4
"""Lines for answers that there should be below the table of scores: see `Scene.answers`."""
