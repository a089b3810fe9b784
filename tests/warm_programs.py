"""Programs of the tests, forked from a process that has imported what they import.

A program of ours takes a second of a processor before its first line, nearly all of it to import;
the tests start thousands. `WarmProcess` is `subprocess.Popen` for `python FILE ARGUMENT …`: a
parent, which this module is as a program, forks the process and runs the file in it.

    tests ── address ──► parent: imports, listens ── fork ──► keeper ── fork ──► the program
      ▲                                                       waits for its end      │
      └───────────────── its id, then its exit code ──────────┘◄────────────────────┘

It has the arguments, files, folder, environment, umask and session that it is started with. Its
parent is a keeper, its group and session those of the tests, unless it has a session of its own,
and /proc shows the parent's command line and environment. What differs in more, or where no parent
is, is started as ever: see `_order`.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PARENT = "OBJTUI_TESTS_PARENT"
"""Variable of the environment: the address of the parent, an abstract one, and its settings."""

IMPORTED = (
    "objtui.advice.advise",
    "objtui.cli.following",
    "objtui.cli.main",
    "objtui.cli.parser",
    "objtui.cli.training",
    "objtui.reports.comparing",
    "objtui.reports.jsonlines",
    "objtui.reports.text",
    "objtui.runs.follow",
    "objtui.scenario.load",
    "objtui.sweep.listing",
    "objtui.trainer.launch",
    "objtui.trainer.process",
    "objtui.trainer.quick_end",
    "objtui.trainer.warm",
)
"""Modules of the programs."""

SETTINGS, LOCALE = ("PYTHON",), ("LC_", "LANG")
"""Beginnings of variables that an interpreter looks at as it begins; the locale gives but the
encoding of its files, which PYTHONIOENCODING may give, too. How many threads numpy has, no test
of a program without torch depends on."""

FOLLOWED = ("PYTHONIOENCODING", "PYTHONPATH")
"""Those of them that a program that was forked follows, or has no use for."""

GIVEN = (
    *("preexec_fn", "close_fds", "pass_fds", "cwd", "env", "startupinfo", "creationflags"),
    *("shell", "p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite"),
    *("restore_signals", "gid", "gids", "uid", "umask", "session", "group"),
)
"""What Popen gives to the method that starts a process, behind arguments and executable."""

PIPES = GIVEN[8:14]

AT_FIRST = dict(os.environ)
"""The environment that a parent has, whatever a test has set by the time it begins."""

MAX_MESSAGE = 2**20
MAX_FILES = 32

TOLD = 16
"""Bytes of each number that a keeper tells."""


class WarmProcess(subprocess.Popen[Any]):
    """`Popen`, forked by the parent where there is one and it can stand in."""

    _end: socket.socket | None = None
    """Where the keeper tells the exit code; None of a process that was started as ever."""

    def _execute_child(self, args: Any, executable: Any, *more: Any) -> None:
        given = dict(zip(GIVEN, more, strict=True))
        address, settings = json.loads(os.environ.get(PARENT, "[null, null]"))
        order = _order(args, given, settings)
        if address is None or order is None:
            super()._execute_child(args, executable, *more)  # type: ignore[misc]
            return
        pipes = [given[name] for name in ("p2cread", "c2pwrite", "errwrite")]
        files = [own if pipe == -1 else pipe for own, pipe in enumerate(pipes)]
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(b"\0" + address.encode())
            socket.send_fds(asking, [b"x"], [*files, *order["kept"]])
            asking.sendall(json.dumps(order).encode("utf-8", "surrogateescape"))
            asking.shutdown(socket.SHUT_WR)
            self.pid = int(asking.recv(TOLD) or -1)
            assert self.pid > 0, "the parent of programs is gone"
            self._end = asking.dup()
        self._child_created = True
        self._close_pipe_fds(*(given[name] for name in PIPES))  # type: ignore[attr-defined]

    def poll(self) -> int | None:
        """The exit code, minus a signal's number; None as long as it lives."""
        if self._end is None:
            return super().poll()
        if self.returncode is None and self._has_ended(0):
            self._take_end(self._end)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code at its end; subprocess.TimeoutExpired after so many seconds."""
        if self._end is None:
            return super().wait(timeout)
        if self.returncode is None:
            if not self._has_ended(timeout):
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self._take_end(self._end)
        return self.returncode

    def _has_ended(self, wait_s: float | None) -> bool:
        watch = select.poll()
        watch.register(self._end or -1, select.POLLIN)
        return bool(watch.poll(None if wait_s is None else max(0.0, wait_s) * 1000))

    def _take_end(self, end: socket.socket) -> None:
        self.returncode = int(end.recv(TOLD) or -signal.SIGKILL)  # its keeper was killed
        end.close()


def _order(args: Any, given: Mapping[str, Any], settings: Any) -> dict[str, Any] | None:
    """What the parent is to fork; None where it cannot stand in."""
    env: Mapping[Any, Any] = os.environ if given["env"] is None else given["env"]
    names = ("preexec_fn", "shell", "gid", "gids", "uid")
    is_usual = (
        not any(given[name] for name in names)
        and given["close_fds"]
        and given["umask"] == given["group"] == -1
        and len(args) > 1
        and args[0] == sys.executable
        and str(args[1]).endswith(".py")
        and _settings(env, env) == _settings(settings or {}, env)
    )
    if not is_usual:
        return None
    umask = os.umask(0)
    os.umask(umask)
    folder = os.fsdecode(given["cwd"] or os.getcwd())
    return None if not os.path.isdir(folder) else {
        "argv": [os.fsdecode(argument) for argument in args[1:]],
        "cwd": folder,
        "env": {os.fsdecode(name): os.fsdecode(value) for name, value in env.items()},
        "umask": umask,
        "session": given["session"],
        "kept": sorted(given["pass_fds"]),
    }  # fmt: skip


def _settings(environ: Mapping[Any, Any], given: Mapping[Any, Any]) -> dict[str, str]:
    """What decides how an interpreter begins, as far as the environment given leaves it open."""
    looked_at = SETTINGS if "PYTHONIOENCODING" in given else (*SETTINGS, *LOCALE)
    names = [name for name in map(os.fsdecode, environ) if name not in FOLLOWED]
    return {name: environ[name] for name in names if name.startswith(looked_at)}


@contextlib.contextmanager
def parent_of_programs() -> Iterator[None]:
    """Have a parent, which ends with this process, and its address in the environment."""
    if sys.platform != "linux":
        yield
        return
    address = f"objtui-tests-{uuid.uuid4().hex}"
    with subprocess.Popen(
        [sys.executable, __file__, address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=AT_FIRST,
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()  # it listens
        os.environ[PARENT] = json.dumps([address, _settings(AT_FIRST, {})])
        try:
            yield
        finally:
            del os.environ[PARENT]


def _be_parent(address: str) -> None:
    """Fork programs until the end of stdin."""
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()  # what is here is nobody's to look through
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a group; programs take it again
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers are not waited for
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(b"\0" + address.encode())
        listener.listen(64)
        print("listens", flush=True)
        while True:
            ready, _, _ = select.select([listener, 0], [], [])
            if 0 in ready:
                return
            asking, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _keep(asking)
            asking.close()


def _keep(asking: socket.socket) -> None:
    """Fork the program that is asked for, and tell its exit code; does not return."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, files, _, _ = socket.recv_fds(asking, 1, MAX_FILES)
    message = b"".join(iter(lambda: asking.recv(MAX_MESSAGE), b""))
    order = json.loads(message.decode("utf-8", "surrogateescape"))
    pid = os.fork()
    if pid == 0:
        asking.close()
        _become(order, files)
    for file in [0, 1, 2, *files]:
        os.close(file)
    with contextlib.suppress(OSError):  # nobody waits
        asking.sendall(_told(pid))
        _, status = os.waitpid(pid, 0)
        asking.sendall(_told(os.waitstatus_to_exitcode(status)))
    os._exit(0)


def _told(number: int) -> bytes:
    return str(number).encode().rjust(TOLD)


def _become(order: dict[str, Any], files: list[int]) -> None:
    """Be a new interpreter that runs the file; does not return."""
    if order["session"]:
        os.setsid()
    high = [os.dup2(file, 200 + at, inheritable=False) for at, file in enumerate(files)]
    for file, place in zip(high, [0, 1, 2, *order["kept"]], strict=True):
        os.dup2(file, place)
    kept = {0, 1, 2, *order["kept"]}
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            with contextlib.suppress(OSError):  # of the listing itself
                os.close(int(name))
    os.umask(order["umask"])
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = order["argv"]
    sys.path[0] = str(Path(order["argv"][0]).parent)
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "").partition(":")
    for file, (name, mode, buffering) in enumerate(
        [("stdin", "r", -1), ("stdout", "w", -1), ("stderr", "w", 1)]
    ):
        before = getattr(sys, name)
        own_errors = errors or "strict" if encoding else before.errors
        if name == "stderr":
            own_errors = "backslashreplace"
        opened = open(  # noqa: SIM115
            file, mode, buffering, encoding or before.encoding, own_errors, closefd=False
        )
        setattr(sys, name, opened)
        setattr(sys, f"__{name}__", opened)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os._exit(_exit_code_of(order["argv"][0]))


def _exit_code_of(file: str) -> int:
    """Run a file as the main one, and what comes at the end of an interpreter."""
    code: Any = 0
    try:
        runpy.run_path(file, run_name="__main__")
    except SystemExit as end:
        code = end.code
    except KeyboardInterrupt:
        traceback.print_exc()
        code = -signal.SIGINT
    except BaseException:
        traceback.print_exc()
        code = 1
    if code is None or isinstance(code, str):
        print(code or "", end="\n" if code else "", file=sys.stderr)
        code = int(bool(code))
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except OSError:
        code = 120
    if code == -signal.SIGINT:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    return int(code) & 0xFF


if __name__ == "__main__":
    _be_parent(sys.argv[1])
