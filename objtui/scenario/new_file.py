"""Writing a scenario to a file of its own, over nothing that is there. Light: no pydantic."""

from __future__ import annotations

import os
from pathlib import Path

from objtui.errors import UsageError


def require_free(path: Path) -> None:
    """UsageError where there is something at a path, or no folder for it."""
    if os.path.lexists(path):
        raise _taken(path)
    if not path.parent.is_dir():
        raise _homeless(path)


def write_new(path: Path, text: str) -> None:
    """Write a text to a new file, whole or not at all; UsageError where that cannot be."""
    try:
        with path.open("x", encoding="utf-8") as file:
            try:
                file.write(text)
                file.flush()
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    except FileExistsError:
        raise _taken(path) from None
    except FileNotFoundError:
        raise _homeless(path) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"cannot write {path}: {reason}") from error


def _taken(path: Path) -> UsageError:
    return UsageError(f"{path} is there already; nothing was written: give another name")


def _homeless(path: Path) -> UsageError:
    return UsageError(f"{path.parent} is no folder; make it first")
