"""Where it is kept how scenarios were looked at: private, bounded, never a reason to fail."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from objtui.ui.dashboard import view_file
from objtui.ui.dashboard.view_file import MAX_BYTES, MAX_SCENARIOS, ViewFile


def test_it_lies_in_the_users_folder_for_state(tmp_path: Path) -> None:
    assert ViewFile.of({"XDG_STATE_HOME": "/s", "HOME": "/h"}).path == Path("/s/objtui/views.json")
    at_home = Path("/h/.local/state/objtui/views.json")
    assert ViewFile.of({"XDG_STATE_HOME": "not/absolute", "HOME": "/h"}).path == at_home
    assert ViewFile.of({}).path is None


def test_what_is_kept_is_there_again_for_its_owner_alone(tmp_path: Path) -> None:
    file = ViewFile(tmp_path / "new" / "objtui" / "views.json")
    file.keep("a.toml", {"score": "ap"})
    file.keep("b.toml", {"overlay": True})
    assert file.view_of("a.toml") == {"score": "ap"}
    assert file.view_of("c.toml") == {}
    file.keep("a.toml", {})
    assert file.view_of("a.toml") == {}
    assert file.view_of("b.toml") == {"overlay": True}
    assert file.path is not None
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    assert os.listdir(file.path.parent) == ["views.json"]


def test_of_many_scenarios_those_of_longest_ago_are_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_file, "MAX_SCENARIOS", 3)
    file = ViewFile(tmp_path / "views.json")
    for name in "abcad":
        file.keep(name, {"score": name})
    assert [bool(file.view_of(name)) for name in "abcd"] == [True, False, True, True]
    assert MAX_SCENARIOS == 200


def test_no_name_and_no_file_grows_without_bound(tmp_path: Path) -> None:
    file = ViewFile(tmp_path / "views.json")
    file.keep("x" * 5000, {"score": "ap"})
    file.keep("big", {"score": "x" * MAX_BYTES})
    assert not (tmp_path / "views.json").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe{",
        b"[" * 100_000,
        b'{"views": []}',
        b'{"views": {"a.toml": 3}}',
        b"[1]",
        b" " * (MAX_BYTES + 1),
        b'{"views": {"a.toml": {"x": ' + b"9" * 5000 + b"}}}",
    ],
    ids=["empty", "no text", "deep", "list", "number", "other", "large", "long number"],
)
def test_a_damaged_file_keeps_nothing_and_is_written_anew(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "views.json"
    path.write_bytes(content)
    file = ViewFile(path)
    assert file.view_of("a.toml") == {}
    file.keep("b.toml", {"score": "ap"})
    assert json.loads(path.read_text())["views"]["b.toml"] == {"score": "ap"}


def test_where_it_cannot_be_written_nothing_happens(tmp_path: Path) -> None:
    (tmp_path / "objtui").write_text("a file in the place of the folder")
    file = ViewFile.of({"XDG_STATE_HOME": str(tmp_path)})
    file.keep("a.toml", {"score": "ap"})
    assert file.view_of("a.toml") == {}
    os.mkfifo(tmp_path / "pipe")
    assert ViewFile(tmp_path / "pipe").view_of("a.toml") == {}  # without waiting
    ViewFile(None).keep("a.toml", {"score": "ap"})
    assert ViewFile(None).view_of("a.toml") == {}


@pytest.mark.parametrize("thing", ["device", "pipe", "folder", "read-only folder"])
def test_what_is_no_file_stays_as_it_is(tmp_path: Path, thing: str) -> None:
    place = tmp_path / "state" / "views.json"
    place.parent.mkdir()
    if thing == "device":
        place.symlink_to(_device(tmp_path))
    elif thing == "pipe":
        os.mkfifo(place)
    elif thing == "folder":
        place.mkdir()
    else:
        place.parent.chmod(0o500)
    before = [(each, os.lstat(each).st_mode) for each in sorted(tmp_path.rglob("*"))]
    file = ViewFile(place)
    file.keep("a.toml", {"score": "ap"})
    if thing != "read-only folder" or os.geteuid():  # root may write everywhere
        assert file.view_of("a.toml") == {}
        assert [(each, os.lstat(each).st_mode) for each in sorted(tmp_path.rglob("*"))] == before


def _device(folder: Path) -> Path:
    """A device that a fault would replace: one of our own where we may make one."""
    device = folder / "null"
    try:
        os.mknod(device, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    except PermissionError:
        return Path(os.devnull)
    return device


def test_views_nested_too_deep_to_be_written_again_are_no_reason_to_fail(tmp_path: Path) -> None:
    place = tmp_path / "views.json"
    for depth in range(400, 30_000, 400):
        place.write_text(f'{{"views": {{"deep": {"{"}"a": {"[" * depth}{"]" * depth}}}}}}}')
        ViewFile(place).keep("a.toml", {"score": "ap"})
