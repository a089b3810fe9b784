"""torch's largest library, loaded by a thread while what comes before torch is imported.

That the system's loader maps it and its operators register themselves takes a fifth of a second
and no Python: a second core can do it. torch then finds it loaded, as by itself a moment later.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
from pathlib import Path

from objtui.trainer.environment import usable_cores

ONE_CORE = "--one-core"
"""The argument of a trainer that leaves the others to a terminal that is being drawn."""

LIBRARIES = (("libtorch_global_deps.so", os.RTLD_GLOBAL), ("libtorch_cpu.so", os.RTLD_LOCAL))
"""In the order and the way in which `import torch` loads them."""


def load_torch_ahead() -> threading.Thread | None:
    """Begin to load it, where the system's loader is known and a core is free; else None.

    What cannot be loaded is left to `import torch`, which says why.
    """
    if sys.platform != "linux" or usable_cores() == 1:
        return None
    torch = importlib.util.find_spec("torch")
    if torch is None or torch.origin is None:
        return None
    folder = Path(torch.origin).parent / "lib"
    # Imported late: launchers import this module for ONE_CORE alone. The loader takes one library
    # at a time: what numpy and pydantic have is needed next, and is small.
    import ctypes

    import numpy  # noqa: F401
    import pydantic_core  # noqa: F401

    # Called as any function in C is, Python goes on meanwhile; CDLL itself would hold it up.
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes = (ctypes.c_char_p, ctypes.c_int)
    dlopen.restype = ctypes.c_void_p

    def load() -> None:
        for name, scope in LIBRARIES:
            if dlopen(os.fsencode(folder / name), os.RTLD_NOW | scope) is None:
                return

    # No daemon: a process that ended within the library's start might crash.
    thread = threading.Thread(target=load, name="torch")
    thread.start()
    return thread
