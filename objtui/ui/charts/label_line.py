"""A line of labels of which none stands next to another."""

from __future__ import annotations

from collections.abc import Sequence

from objtui.ui.theme import Theme


class LabelLine:
    """A rule of so many cells, on which labels are put as far as there is room."""

    def __init__(self, cells: int, theme: Theme) -> None:
        self._rule = "-" if theme.glyphs == "ascii" else "─"
        self._line = [self._rule] * cells
        self._occupied = [False] * cells
        self._minus = theme.minus

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(self._line)

    def put_all(self, labels: Sequence[tuple[int, str, int]]) -> None:
        """Labels by (cell, label, shift), in turn, as far as they have room."""
        for cell, label, shift in labels:
            self.put(cell, label, shift)

    def put(self, cell: int, label: str, shift: int) -> None:
        """A label about a cell, or as far as a shift from it, where it has room."""
        for by in range(abs(shift) + 1):
            middle = cell + (by if shift > 0 else -by) - (len(label) - 1) // 2
            start = max(0, min(middle, len(self._line) - len(label)))
            around = slice(max(0, start - 1), start + len(label) + 1)
            if not any(self._occupied[around]):
                self._write(start, label)
                return

    def put_in_gap(self, labels: Sequence[str]) -> bool:
        """Whether one fits: the first of some labels that does, in the widest gap."""
        gaps, start = [], 0
        for at, taken in enumerate([*self._occupied, True]):
            if taken:
                gaps.append((at - start, start))
                start = at + 1
        size, start = max(gaps)
        for label in labels:
            if len(label) + 2 <= size:
                self._write(start + (size - len(label)) // 2, label)
                return True
        return False

    def _write(self, start: int, label: str) -> None:
        around = slice(max(0, start - 1), start + len(label) + 1)
        self._line[around] = " " * len(self._line[around])
        end = start + len(label)
        self._line[start:end] = label.replace("-", self._minus)
        self._occupied[start:end] = [True] * len(label)
