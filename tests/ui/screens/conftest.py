"""Puts the host app of this folder within reach of its tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from screens_host import SIZES


@pytest.fixture(params=SIZES.values(), ids=SIZES.keys())
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Columns and rows of a terminal."""
    size: tuple[int, int] = request.param
    return size
