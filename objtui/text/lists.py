"""Names in a row, as a sentence has them."""

from __future__ import annotations

from collections.abc import Iterable


def quoted(names: Iterable[str]) -> list[str]:
    """Every name in quotes."""
    return [f'"{name}"' for name in names]


def either(words: Iterable[str], joint: str = "or") -> str:
    """The words as "a, b or c", each once."""
    listed = list(dict.fromkeys(words))
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} {joint} {listed[-1]}"
