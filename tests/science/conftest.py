"""One thread here as for every test of the engine."""

from __future__ import annotations

from tests.engine.conftest import one_thread

__all__ = ["one_thread"]
