"""Values of which the first are enough for every day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def in_part(values: Iterable[Any], usual: int) -> list[Any]:
    """Values of a parameter: all but so many of the first are for thorough runs."""
    marks = pytest.mark.thorough
    return [
        value if place < usual else pytest.param(value, marks=marks)
        for place, value in enumerate(values)
    ]
