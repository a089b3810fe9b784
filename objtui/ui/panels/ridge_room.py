"""The room that heads take in one panel, a row each; see `ridges.py`."""

from __future__ import annotations

AROUND = 3
"""Lines of the panel that are no head's: its frame, and the words over the columns."""

MAX_ROWS = 6
"""Lines of a head beyond which its columns show nothing more."""
