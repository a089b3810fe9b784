"""How the file of a run of any length stays small: which live frames and numbers are kept."""

from __future__ import annotations

LIVE_FRAMES = 400
"""Live frames kept; scheduled frames are all kept."""

LIVE_BYTES = 16 * 2**20
"""Bytes of live frames kept, for runs with very many members."""


NUMBERS = 2000
"""Numbers of one name kept."""


class KeptNumbers:
    """Which of the user's own numbers are in the file; thinned as live frames are, by name."""

    def __init__(self) -> None:
        self._kept: dict[str, list[int]] = {}

    def add(self, name: str, row: int) -> list[int]:
        """Count a new number; the rows that must go now."""
        kept = self._kept.setdefault(name, [])
        kept.append(row)
        if len(kept) <= NUMBERS:
            return []
        newest = kept.pop()
        dropped = kept[1::2]
        self._kept[name] = [*kept[::2], newest]
        return dropped


class LiveFrames:
    """Which live frames are in the file, and which must go.

    Every second of the older ones goes when they are too many, so what is left
    lies evenly over each stretch of time and is densest in the recent past.
    """

    def __init__(self) -> None:
        self._kept: list[tuple[int, int]] = []  # (row, bytes), oldest first
        self._bytes = 0

    def add(self, row: int, size: int) -> list[int]:
        """Count a new live frame; the rows that must go now."""
        self._kept.append((row, size))
        self._bytes += size
        if len(self._kept) <= LIVE_FRAMES and self._bytes <= LIVE_BYTES:
            return []
        newest = self._kept.pop()
        dropped = self._kept[1::2]
        self._kept = [*self._kept[::2], newest]
        self._bytes = sum(size for _, size in self._kept)
        return [row for row, _ in dropped]
