"""Whole numbers and times that can be counted with, wherever they were read."""

from __future__ import annotations

from typing import cast

MAX_COUNT = 2**53
"""No step and no number of rows is larger: the last that a float still counts."""

MAX_TIME_S = 1e11
"""No time is later, nor longer: 3000 years."""


def is_count(value: object, least: int = 0) -> bool:
    """Whether a value is a whole number from `least` to MAX_COUNT."""
    return type(value) is int and least <= value <= MAX_COUNT


def is_seed(value: object) -> bool:
    """Whether a value is a whole number from 0 on that takes 64 bits at most, with its sign."""
    return type(value) is int and 0 <= value < 2**63


def is_time(value: object) -> bool:
    """Whether a value is a time in seconds from 0 to MAX_TIME_S; not if it is NaN."""
    return type(value) in (int, float) and 0 <= cast(float, value) <= MAX_TIME_S
