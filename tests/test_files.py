"""Files of others are read where they are regular, within a bound, and never waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from objtui.cli.main import main
from objtui.files import create_regular, open_regular, read_end_of, require_regular


def test_a_regular_file_is_read_whole_and_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"0123456789")
    with open_regular(path) as file:
        assert file.read() == b"0123456789"
    assert read_end_of(path, 3) == b"789"
    assert read_end_of(path, 30) == b"0123456789"
    require_regular(path)
    require_regular(tmp_path / "none")


def test_links_are_followed_only_where_that_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "link").symlink_to("a")
    with open_regular(tmp_path / "link", follow_links=True) as file:
        assert file.read() == b"x"
    with pytest.raises(OSError, match="is a link"):
        open_regular(tmp_path / "link")
    with pytest.raises(OSError, match="is a link"):
        require_regular(tmp_path / "link")


@pytest.mark.parametrize("follow", [True, False])
def test_what_may_never_end_is_refused_at_once(tmp_path: Path, follow: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path, tmp_path / "device"):
        with pytest.raises(OSError, match=r"regular|directory|link"):
            open_regular(path, follow_links=follow)


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_a_name_that_no_file_can_have_is_an_error_of_the_system(name: str) -> None:
    with pytest.raises(OSError, match="no possible file name"):
        open_regular(Path(name))


@pytest.mark.parametrize("command", ["run", "show", "check"])
@pytest.mark.parametrize("kind", ["pipe", "device", "link to a device", "link to a pipe"])
def test_a_scenario_that_is_no_file_is_refused_at_once(
    kind: str, command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.toml"
    os.mkfifo(tmp_path / "pipe")
    if kind == "pipe":
        path = tmp_path / "pipe"
    elif kind == "device":
        path = Path("/dev/zero")
    else:
        path.symlink_to("/dev/zero" if kind == "link to a device" else tmp_path / "pipe")
    more = ["--headless"] if command == "run" else []
    assert main([command, str(path), *more]) == 2
    assert "is not a regular file" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["link", "hard link", "pipe", "folder"])
def test_what_is_no_file_of_its_own_is_not_written_to(tmp_path: Path, kind: str) -> None:
    path, victim = tmp_path / "driver.log", tmp_path / "victim"
    victim.write_text("mine")
    match kind:
        case "link":
            path.symlink_to(victim)
        case "hard link":
            os.link(victim, path)
        case "pipe":
            os.mkfifo(path)
        case _:
            path.mkdir()
    with pytest.raises(OSError, match=r"link|same file|regular|directory"):
        create_regular(path)
    assert victim.read_text() == "mine"


def test_a_file_is_begun_anew_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "driver.log"
    for text in (b"longer", b"new"):
        with create_regular(path) as file:
            file.write(text)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o077 == 0
