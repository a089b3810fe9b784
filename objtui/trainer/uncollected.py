"""The garbage collector, kept out of imports."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Search for no garbage within a `with` block of imports.

    What they make, some hundred thousand objects of torch's, lasts as long as the process: it
    would be gone through again and again, and is left out of every later search.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()
