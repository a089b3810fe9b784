"""What curves of the user's own numbers are called."""

from __future__ import annotations

from collections.abc import Iterable

LOGGED = "log: "
"""Begins the name of a curve of the user's own numbers, which may bear the name of a score."""


def curves_of(names: Iterable[str]) -> tuple[str, ...]:
    """What the curve panel calls the curves of numbers of these names."""
    return tuple(f"{LOGGED}{name}" for name in names)
