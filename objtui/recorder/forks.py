"""Forks of a training process: its children must find no lock of ours held, nor close our file."""

from __future__ import annotations

import ctypes
import os
import threading
from typing import Protocol
from weakref import WeakSet

HOLD_S = 0.05
"""So long a fork waits at most for a write that goes on."""


class Held(Protocol):
    """What writes from a thread of its own."""

    lock: threading.Lock
    """Held during each write."""

    def leaves_open(self) -> list[object]:
        """What must never be closed in a forked child."""


_all: WeakSet[Held] = WeakSet()
_holding: dict[int, list[threading.Lock]] = {}
_is_registered = False


def hold_at_forks(writer: Held) -> None:
    """From now on let forks happen between two writes of this one."""
    global _is_registered  # noqa: PLW0603
    _all.add(writer)
    if not _is_registered and hasattr(os, "register_at_fork"):
        _is_registered = True
        os.register_at_fork(before=_hold, after_in_parent=_release, after_in_child=_abandon)


def _hold() -> None:
    held = []
    for writer in list(_all):
        if writer.lock.acquire(timeout=HOLD_S):
            held.append(writer.lock)
    _holding[threading.get_ident()] = held


def _release() -> None:
    for lock in _holding.pop(threading.get_ident(), []):
        lock.release()


def _abandon() -> None:
    """In the child: SQLite would write into the file as it closes it, so it never does."""
    for writer in list(_all):
        for thing in writer.leaves_open():
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))
    _all.clear()
    _holding.clear()
