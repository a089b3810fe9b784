"""Lines of cells as the file of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from objtui.export.formats import ExportFormat, load_writer
from objtui.export.place import written_whole
from objtui.text.terminal import printable


def write_picture(
    kind: ExportFormat, lines: Sequence[Text], title: str, place: Path, *, force: bool
) -> None:
    """Write lines of cells in a format of pictures; raises UsageError as `written_whole` does."""
    data: bytes = load_writer(kind.writer)(lines, title)
    with written_whole(place, folder=False, force=force) as part:
        part.write_bytes(data)


def picture_title(paths: Sequence[Path]) -> str:
    """What stands over a picture of these run files: the command that shows them."""
    return " ".join(["objtui watch", *(printable(path.stem) for path in paths)])
