"""A terminal dashboard that trains BCE, CE and MSE objectness heads side by side."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing takes long enough for ctrl-c, which nobody handles yet
if TYPE_CHECKING:
    from typing import Any

    from objtui.recorder.recorder import Recorder as Recorder
    from objtui.recorder.settings import RecordedHead as RecordedHead

__version__ = "0.1.0"

_OF_RECORDER = {
    "Recorder": "objtui.recorder.recorder",
    "RecordedHead": "objtui.recorder.settings",
}


def __getattr__(name: str) -> Any:
    """What records a training loop is loaded with its first use: the command line is light."""
    if name not in _OF_RECORDER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_OF_RECORDER[name]), name)
