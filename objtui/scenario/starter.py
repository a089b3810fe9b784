"""The commented scenario that `objtui new` writes."""

from __future__ import annotations

from pathlib import Path

from objtui.errors import UsageError

_STARTER = Path(__file__).with_name("starter.toml")


def starter_text() -> str:
    """The text of the starter scenario."""
    return _STARTER.read_text(encoding="utf-8")


def write_starter(path: Path) -> None:
    """Write the starter to a new file; UsageError where that cannot be."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(starter_text())
    except FileExistsError:
        raise UsageError(f"{path} is there already; nothing was written") from None
    except FileNotFoundError:
        raise UsageError(f"{path.parent} is no folder; make it first") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"cannot write {path}: {reason}") from error
