"""Programs of the tests, forked from a process that has imported what they import.

A program of ours takes a second of a processor before its first line, nearly all of it to import;
the tests start thousands. `WarmProcess` is `subprocess.Popen` for `python FILE ARGUMENT …`: a
parent, which this module is as a program, forks the process and runs the file in it.

    tests ── address ──► parent: imports, listens ── fork ──► keeper ── fork ──► the program
      ▲                                                       waits for its end      │
      └───────────────── its id, then its exit code ──────────┘◄────────────────────┘

What a parent cannot stand in for is started as ever: other interpreters' options, other settings
of Python or the locale in the environment, systems other than Linux.
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
from collections.abc import Iterator
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
"""Modules of the programs; none that looks at the environment as it is imported."""

SETTINGS, LOCALE = ("PYTHON",), ("LC_", "LANG")
"""Beginnings of variables that an interpreter looks at as it begins; the locale gives but the
encoding of its files, which PYTHONIOENCODING may give, too."""

FOLLOWED = ("PYTHONIOENCODING", "PYTHONPATH")
"""Those of them that a program that was forked follows, or has no use for."""

MAX_MESSAGE = 2**20
MAX_FILES = 32

TOLD = 16
"""Bytes of each number that a keeper tells."""


class WarmProcess(subprocess.Popen[Any]):
    """`Popen`, forked by the parent where there is one and it can stand in."""

    _end: int | None = None
    """Where the keeper tells the exit code; None of a process that was started as ever."""

    def _execute_child(self, args: Any, executable: Any, *more: Any) -> None:
        names = "preexec_fn close_fds pass_fds cwd env startupinfo creationflags shell p2cread"
        names += " p2cwrite c2pread c2pwrite errread errwrite restore_signals gid gids uid umask"
        given = dict(zip([*names.split(), "session", "group"], more, strict=True))
        env = os.environ if given["env"] is None else given["env"]
        address, settings = json.loads(os.environ.get(PARENT, "[null, null]"))
        is_usual = (
            address is not None
            and given["preexec_fn"] is None
            and not given["shell"]
            and given["umask"] == given["group"] == -1
            and len(args) > 1
            and args[0] == sys.executable
            and str(args[1]).endswith(".py")
            and _settings(env).items() <= settings.items()
        )
        if not is_usual:
            super()._execute_child(args, executable, *more)  # type: ignore[misc]
            return
        pipes = [given[name] for name in ("p2cread", "c2pwrite", "errwrite")]
        files = [own if pipe == -1 else pipe for own, pipe in enumerate(pipes)]
        message = {
            "argv": [os.fsdecode(argument) for argument in args[1:]],
            "cwd": os.fsdecode(given["cwd"] or os.getcwd()),
            "env": {os.fsdecode(k): os.fsdecode(v) for k, v in env.items()},
            "session": given["session"],
            "kept": sorted(given["pass_fds"]),
        }
        self._end, told = os.pipe()
        try:
            with socket.socket(socket.AF_UNIX) as parent:
                parent.connect(b"\0" + address.encode())
                data = json.dumps(message).encode("utf-8", "surrogateescape")
                socket.send_fds(parent, [b"x"], [*files, told, *message["kept"]])
                parent.sendall(data)
        finally:
            os.close(told)
        self.pid = int(os.read(self._end, TOLD))
        self._child_created = True
        self._close_pipe_fds(*(given[name] for name in names.split()[8:14]))  # type: ignore[attr-defined]

    def poll(self) -> int | None:
        """The exit code, minus a signal's number; None as long as it lives."""
        if self._end is None:
            return super().poll()
        if self.returncode is None and self._has_ended(0):
            self._take_end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code at its end; subprocess.TimeoutExpired after so many seconds."""
        if self._end is None:
            return super().wait(timeout)
        if self.returncode is None:
            if not self._has_ended(timeout):
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self._take_end()
        return self.returncode

    def _has_ended(self, wait_s: float | None) -> bool:
        return bool(select.select([self._end], [], [], wait_s)[0])

    def _take_end(self) -> None:
        assert self._end
        self.returncode = int(os.read(self._end, TOLD) or -9)  # its keeper was killed
        os.close(self._end)


def _told(number: int) -> bytes:
    return str(number).encode().rjust(TOLD)


def _settings(env: Any) -> dict[str, str]:
    names = [name for name in map(os.fsdecode, env) if name not in FOLLOWED]
    looked_at = SETTINGS if "PYTHONIOENCODING" in env else (*SETTINGS, *LOCALE)
    return {name: env[name] for name in names if name.startswith(looked_at)}


@contextlib.contextmanager
def parent_of_programs() -> Iterator[None]:
    """Have a parent, which ends with this process, and its address in the environment."""
    if sys.platform != "linux":
        yield
        return
    address = f"objtui-tests-{uuid.uuid4().hex}"
    with subprocess.Popen(
        [sys.executable, __file__, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()  # it listens
        os.environ[PARENT] = json.dumps([address, _settings(os.environ)])
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
    asking.close()
    order = json.loads(message.decode("utf-8", "surrogateescape"))
    told = files.pop(3)
    pid = os.fork()
    if pid == 0:
        os.close(told)
        _become(order, files)
    for file in [0, 1, 2, *files]:
        os.close(file)
    os.write(told, _told(pid))
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(BrokenPipeError):  # nobody waits
        os.write(told, _told(os.waitstatus_to_exitcode(status)))
    os._exit(0)


def _become(order: dict[str, Any], files: list[int]) -> None:
    """Be a new interpreter that runs the file; does not return."""
    if order["session"]:
        os.setsid()
    high = [os.dup2(file, 200 + i, inheritable=False) for i, file in enumerate(files)]
    for file, place in zip(high, [0, 1, 2, *order["kept"]], strict=True):
        os.dup2(file, place)
    kept = {0, 1, 2, *order["kept"]}
    for name in os.listdir("/proc/self/fd"):
        if int(name) not in kept:
            with contextlib.suppress(OSError):  # of the listing itself
                os.close(int(name))
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = order["argv"]
    sys.path[0] = str(Path(order["argv"][0]).parent)
    for file, (name, mode, buffering) in enumerate(
        [("stdin", "r", -1), ("stdout", "w", -1), ("stderr", "w", 1)]
    ):
        before = getattr(sys, name)
        encoding, _, errors = os.environ.get("PYTHONIOENCODING", "").partition(":")
        if not encoding:
            encoding, errors = before.encoding, before.errors
        if name == "stderr":
            errors = "backslashreplace"
        opened = open(  # noqa: SIM115
            file, mode, buffering, encoding, errors or "strict", closefd=False
        )
        setattr(sys, name, opened)
        setattr(sys, f"__{name}__", opened)
    atexit._clear()
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
