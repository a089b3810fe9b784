"""Writing a scenario over nothing that is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from objtui.errors import UsageError
from objtui.scenario.new_file import require_free, write_new


def test_a_file_is_written_once_and_into_a_folder_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    require_free(path)
    write_new(path, "title = 1\n")
    assert path.read_text() == "title = 1\n"
    for write in (require_free, lambda path: write_new(path, "other")):
        with pytest.raises(UsageError, match="is there already; nothing was written"):
            write(path)
        with pytest.raises(UsageError, match="is no folder; make it first"):
            write(tmp_path / "none" / "mine.toml")
    assert path.read_text() == "title = 1\n"


def test_a_link_to_nothing_is_something(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="is there already"):
        write_new(path, "")
    with pytest.raises(UsageError, match="is there already"):
        require_free(path)
