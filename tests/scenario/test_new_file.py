"""Writing a scenario over nothing that is there."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

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


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_what_does_not_fit_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, real = tmp_path / "mine.toml", Path.open

    def opened(self: Path, mode: str, encoding: str) -> IO[Any]:
        real(self, mode).close()
        return real(Path("/dev/full"), "w", encoding=encoding)

    monkeypatch.setattr(Path, "open", opened)
    with pytest.raises(UsageError, match=r"cannot write .*mine.toml: No space left on device"):
        write_new(path, "title = 1\n")
    assert list(tmp_path.iterdir()) == []
