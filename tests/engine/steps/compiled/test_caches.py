"""Where compiled code is kept: in folders of one's own, which nobody else could have made."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from objtui.engine.steps.compiled.caches import (
    MAX_KEPT,
    keep_library,
    kept_library,
    lasting_cache,
)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def made(path: Path, bits: int) -> Path:
    path.mkdir()
    path.chmod(bits)
    return path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return made(tmp_path / "home", 0o700)


def test_caches_lie_in_the_cache_home_for_its_owner_only(home: Path) -> None:
    for environ, cache_home in (
        ({"HOME": str(home)}, home / ".cache"),
        ({"HOME": "/nowhere", "XDG_CACHE_HOME": str(home / "xdg")}, home / "xdg"),
        ({"HOME": str(home), "XDG_CACHE_HOME": "not/absolute"}, home / ".cache"),
    ):
        cache = lasting_cache(environ)
        assert cache == cache_home / "objtui" / "steps"
        assert mode(cache) == mode(cache.parent) == 0o700


def loose_folder(home: Path) -> None:
    made(made(home / ".cache", 0o700) / "objtui", 0o777)


def loose_inner_folder(home: Path) -> None:
    made(made(made(home / ".cache", 0o700) / "objtui", 0o700) / "steps", 0o770)


def loose_cache_home(home: Path) -> None:
    made(home / ".cache", 0o777)


def loose_home(home: Path) -> None:
    home.chmod(0o777)


def of_another(home: Path) -> None:
    os.chown(made(made(home / ".cache", 0o700) / "objtui", 0o700), 12345, 12345)


def home_of_another(home: Path) -> None:
    os.chown(home, 12345, 12345)


def link(home: Path) -> None:
    made(home / "elsewhere", 0o700)
    made(home / ".cache", 0o700)
    (home / ".cache" / "objtui").symlink_to(home / "elsewhere")


def file(home: Path) -> None:
    (home / ".cache").write_text("")


UNSAFE = [loose_folder, loose_inner_folder, loose_cache_home, loose_home, link, file]
if os.getuid() == 0:
    UNSAFE += [of_another, home_of_another]


@pytest.mark.parametrize("prepare", UNSAFE)
def test_a_folder_that_others_could_have_filled_is_not_taken(
    prepare: Callable[[Path], None], home: Path
) -> None:
    prepare(home)
    assert lasting_cache({"HOME": str(home)}) is None


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}, {"HOME": "relative"}, {"HOME": "/proc"}])
def test_without_a_home_there_is_no_lasting_folder(environ: dict[str, str]) -> None:
    assert lasting_cache(environ) is None


def test_a_folder_that_the_user_names_is_taken_if_it_is_the_users(home: Path) -> None:
    own, loose = made(home / "own", 0o700), made(home / "loose", 0o777)
    assert lasting_cache({"HOME": str(home), "OBJTUI_CACHE": str(own)}) == own
    assert lasting_cache({"HOME": str(home), "OBJTUI_CACHE": str(loose)}) is None


def test_the_libraries_loaded_longest_ago_go_where_there_are_too_many(tmp_path: Path) -> None:
    library = tmp_path / "step.so"
    library.write_bytes(b"code")
    cache = made(tmp_path / "cache", 0o700)
    for name in ("libof-the-user.so", "step-0123.so"):
        (cache / name).write_bytes(b"")
        os.utime(cache / name, (0, 0))
    for i in range(MAX_KEPT):
        keep_library(cache, f"key{i:03}", library)
        (place,) = cache.glob(f"key{i:03}-*.so")
        os.utime(place, (i, i))
    assert kept_library(cache, "key000") is not None
    keep_library(cache, "new", library)
    assert kept_library(cache, "key000") is not None
    assert kept_library(cache, "key001") is None
    assert kept_library(cache, "new") is not None
    assert len(list(cache.iterdir())) == MAX_KEPT + 2


def test_what_is_not_the_file_that_was_kept_is_no_library(tmp_path: Path) -> None:
    library = tmp_path / "step.so"
    library.write_bytes(b"code")
    cache = made(tmp_path / "cache", 0o700)
    for key in "abc":
        keep_library(cache, key, library)
    (cut,), (link,), (folder,) = (list(cache.glob(f"{key}-*.so")) for key in "abc")
    cut.write_bytes(b"co")
    link.unlink()
    link.symlink_to(library)
    folder.unlink()
    folder.mkdir()
    assert [kept_library(cache, key) for key in "abc"] == [None, None, None]
