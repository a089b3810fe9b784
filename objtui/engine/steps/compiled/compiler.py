"""The machine's C compiler, at work on a program beside the training, and what it made before."""

from __future__ import annotations

import contextlib
import hashlib
import os
import select
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, cast

from objtui.engine.steps.compiled.caches import keep_library, kept_library, lasting_cache
from objtui.text.terminal import printable

COMPILERS = ("cc", "gcc", "clang")
"""Tried in turn where CC names none."""

FLAGS = (
    *("-std=gnu11", "-O3", "-march=native", "-shared", "-fPIC", "-fopenmp-simd", "-w"),
    # Sums over rows may be taken in vectors; what is infinite or NaN stays so.
    *("-fno-math-errno", "-fno-trapping-math", "-fno-signed-zeros", "-fassociative-math"),
)
VECTOR_MATH = ("-DVECTOR_MATH=1", "-Wl,-z,defs", "-lmvec", "-lm")
"""Of libraries that have functions of whole vectors; a program that cannot be linked is compiled
without."""

SOURCE, LIBRARY = "program.c", "program.so"

# The compiler and the folder go with the end of stdin: where the trainer was killed, too. The one
# line on stdout is ours, and what a compiler may write is bounded (512 bytes each).
_SCRIPT = """
folder=$1; shift
trap : TERM
{
ulimit -f 131072 || :
if "$@" "$folder/program.c" -o "$folder/program.so" $VECTOR_MATH >/dev/null 2>&1 ||
   "$@" "$folder/program.c" -o "$folder/program.so" -lm >/dev/null 2>"$folder/errors"
then echo compiled; else printf '%s\\n' "$(head -c 1000 "$folder/errors" | head -n 1)"; fi
} &
read -r _
kill -TERM 0
rm -rf "$folder" || rm -rf "$folder"
kill -KILL 0
"""
DONE = "compiled"

MAX_REASON = 300
"""Characters of what a compiler says."""

ASK_S = 20.0
MAX_MACROS = 2**20
"""How long a compiler may take to tell what it compiles for, and how many bytes of it count."""


def find_compiler(environ: Mapping[str, str]) -> list[str] | None:
    """The command of the C compiler that CC names, else of the first there is; None for none."""
    try:
        named = shlex.split(environ.get("CC", ""))
    except ValueError:  # a quote that does not end
        return None
    if named:
        return named if shutil.which(named[0]) else None
    return next(([place] for name in COMPILERS if (place := shutil.which(name))), None)


class Compiling:
    """A program on its way to a library; `close` must be called.

    Raises OSError where there is no compiler, or no place for what it makes.
    """

    def __init__(self, text: str) -> None:
        compiler = find_compiler(os.environ)
        if compiler is None:
            named = os.environ.get("CC") or ", ".join(COMPILERS)
            raise FileNotFoundError(f"no C compiler ({named}) is there")
        self._command = [*compiler, *FLAGS]
        self._cache = lasting_cache(os.environ)
        self._key = _key(text, self._command)
        self._kept = None if self._cache is None else kept_library(self._cache, self._key)
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        if self._kept is None:
            self._start(text)

    def _start(self, text: str) -> None:
        self._folder = Path(mkdtemp(prefix="objtui-"))
        try:
            (self._folder / SOURCE).write_text(text, encoding="utf-8")
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _SCRIPT, "sh", str(self._folder), *self._command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                process_group=0,  # compilers that it starts end with it
                env={
                    **os.environ,
                    "TMPDIR": str(self._folder),
                    "VECTOR_MATH": " ".join(VECTOR_MATH),
                },
            )
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def is_done(self, wait_s: float = 0) -> bool:
        """Whether it has ended one way or the other, or does within so many seconds."""
        if self._process is None:
            return True
        return bool(select.select([cast(IO[bytes], self._process.stdout)], [], [], wait_s)[0])

    def library(self) -> Path | str:
        """Wait for the library, to be loaded before `close`: its path, or why there is none."""
        if self._kept is not None:
            return self._kept
        assert self._process is not None
        assert self._folder is not None
        outcome = cast(IO[bytes], self._process.stdout).readline().decode(errors="replace").strip()
        if outcome != DONE:
            return printable(outcome)[:MAX_REASON] or "the compiler said nothing and made nothing"
        made = self._folder / LIBRARY
        if self._cache is not None:
            with contextlib.suppress(OSError):  # it is made anew another time
                keep_library(self._cache, self._key, made)
        return made

    def close(self) -> None:
        """End it, and remove what it made."""
        if self._process is not None:
            if self._process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
            self._process.communicate()
            self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _key(text: str, command: list[str]) -> str:
    """What a library depends on: the program, the compiler, and the processor it compiles for.

    Libraries may lie in a home that machines share, and use what the processor has.
    """
    told = _macros(tuple(command))
    parts = [text.encode(), "\0".join([*command, *VECTOR_MATH]).encode(), told]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


@lru_cache
def _macros(command: tuple[str, ...]) -> bytes:
    """What a compiler says that it compiles for, asked once: a start compiles several programs."""
    return _answer([*command, "-dM", "-E", "-x", "c", os.devnull])


def _answer(command: list[str]) -> bytes:
    """What a command writes, or its beginning; TimeoutError where it does not end."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        process_group=0,
    )
    told = b""
    until = time.monotonic() + ASK_S
    try:
        with cast(IO[bytes], process.stdout) as out:
            while len(told) < MAX_MACROS:
                if not select.select([out], [], [], max(0.0, until - time.monotonic()))[0]:
                    raise TimeoutError(f"{command[0]} has not answered for {ASK_S:g} s")
                part = os.read(out.fileno(), 2**16)
                if not part:
                    break
                told += part
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return told
