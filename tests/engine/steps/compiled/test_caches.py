"""Where compiled code is kept: in folders of one's own, which nobody else could have made."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from objtui.engine.steps.compiled.caches import cache_variables, lasting_cache
from objtui.engine.steps.compiled.job import CompileJob
from objtui.engine.steps.compiled.process import Compiling


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
        assert cache == cache_home / "objtui" / "inductor"
        assert mode(cache) == mode(cache.parent) == 0o700


def loose_folder(home: Path) -> None:
    made(made(home / ".cache", 0o700) / "objtui", 0o777)


def loose_inner_folder(home: Path) -> None:
    made(made(made(home / ".cache", 0o700) / "objtui", 0o700) / "inductor", 0o770)


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
    prepare: Callable[[Path], None], home: Path, tmp_path: Path
) -> None:
    prepare(home)
    assert lasting_cache({"HOME": str(home)}) is None
    variables = cache_variables(tmp_path / "new", {"HOME": str(home)})
    assert set(variables) == {"TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR"}
    assert all(Path(value).is_relative_to(tmp_path / "new") for value in variables.values())


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}, {"HOME": "relative"}, {"HOME": "/proc"}])
def test_without_a_home_there_is_no_lasting_folder(environ: dict[str, str]) -> None:
    assert lasting_cache(environ) is None


def test_a_folder_that_the_user_names_is_taken_if_it_is_the_users(home: Path) -> None:
    own, loose = made(home / "own", 0o700), made(home / "loose", 0o777)
    assert lasting_cache({"HOME": str(home), "TORCHINDUCTOR_CACHE_DIR": str(own)}) == own
    assert lasting_cache({"HOME": str(home), "TORCHINDUCTOR_CACHE_DIR": str(loose)}) is None


SAYS_WHERE = """
import os, sys, tempfile
print(os.environ["TORCHINDUCTOR_CACHE_DIR"], os.environ["TRITON_CACHE_DIR"], tempfile.gettempdir())
sys.stdout.flush()
sys.stdin.read()
"""


def test_compiler_and_trainer_keep_nothing_in_the_temporary_directory(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "objtui.engine.steps.compiled.process.COMPILER", (sys.executable, "-c", SAYS_WHERE)
    )
    temporary = made(tmp_path / "tmp", 0o777)
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    for variables in ({"HOME": str(home)}, {"HOME": "/proc"}):
        for name in ("TORCHINDUCTOR_CACHE_DIR", "TRITON_CACHE_DIR", "XDG_CACHE_HOME"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", variables["HOME"])
        before = dict(os.environ)
        compiling = Compiling(CompileJob("{}", 1, 1, 1, 1))
        (private,) = temporary.iterdir()
        assert mode(private) == 0o700
        said = str(compiling.package()).split(" ")
        assert said[:2] == [os.environ["TORCHINDUCTOR_CACHE_DIR"], os.environ["TRITON_CACHE_DIR"]]
        allowed = (home, private)
        assert all(any(Path(name).is_relative_to(own) for own in allowed) for name in said)
        compiling.close()
        assert list(temporary.iterdir()) == []
        assert dict(os.environ) == before


LOADS = """
import torch
from torch._inductor.runtime.cache_dir_utils import cache_dir
print(cache_dir())
"""


def test_torch_heeds_these_variables(home: Path) -> None:
    variables = cache_variables(home, {"HOME": str(home)})
    command = [sys.executable, "-c", LOADS]
    said = subprocess.run(
        command, env={**os.environ, **variables}, capture_output=True, check=True, text=True
    )
    assert said.stdout.strip() == variables["TORCHINDUCTOR_CACHE_DIR"]
