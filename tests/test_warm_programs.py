"""Programs that are forked from a warm parent, against the same ones that Popen starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.warm_programs import PARENT, WarmProcess

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="parents are for Linux")

PROGRAM = """
import atexit, os, signal, sys, threading

def go_on():
    threading.main_thread().join()
    print("a thread")

threading.Thread(target=go_on).start()
atexit.register(lambda: print("its end"))
print(sys.argv[1:], os.getcwd(), os.environ.get("WORD"), sys.stdin.read(), __name__)
print(sys.stdout.encoding, sys.stdout.errors, sys.stderr.errors, flush=True)
umask = os.umask(0)
os.write(int(sys.argv[2]), b"passed %o" % umask)
open("made", "w").close()
{end}
"""

ENDS = {
    "nothing": "",
    "an exit code": "sys.exit(3)",
    "a text": "sys.exit('words')",
    "an exception": "raise ValueError('words')",
    "an interrupt": "raise KeyboardInterrupt",
    "SIGKILL": "os.kill(os.getpid(), signal.SIGKILL)",
    "at once": "os._exit(7)",
}


@pytest.mark.usefixtures("warm_parent")
@pytest.mark.parametrize("encoding", [None, "iso8859-1:replace"])
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_it_does_and_ends_as_one_that_popen_starts(
    tmp_path: Path, end: str, encoding: str | None
) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(end=end))
    folder = tmp_path / "folder"
    folder.mkdir()
    environ = os.environ | {"WORD": "ä word"}
    if encoding:
        environ["PYTHONIOENCODING"] = encoding

    def outcome(kind: type[subprocess.Popen[bytes]]) -> tuple[object, ...]:
        reading, writing = os.pipe()
        process = kind(
            [sys.executable, str(program), "an argument", str(writing)],
            cwd=folder,
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[writing],
            start_new_session=True,
        )
        os.close(writing)
        out, err = process.communicate(b"input", timeout=120)
        with os.fdopen(reading, "rb") as passed:
            told = passed.read()
        (folder / "made").unlink()
        last = err.splitlines()[-1:]
        words = out.replace(str(writing).encode(), b"")
        return process.returncode, words, last, told.replace(str(writing).encode(), b"")

    assert outcome(WarmProcess) == outcome(subprocess.Popen)


@pytest.mark.usefixtures("warm_parent")
def test_it_is_waited_for_and_takes_signals(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("import time\nprint('there', flush=True)\ntime.sleep(600)")
    process = WarmProcess([sys.executable, str(program)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "there\n"
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait() == process.poll() == -signal.SIGTERM
    process.stdout.close()


@pytest.mark.usefixtures("warm_parent")
@pytest.mark.parametrize("options", [{"umask": 0o22}, {"env": {"PYTHONHASHSEED": "1"}}], ids=str)
def test_what_a_parent_cannot_stand_in_for_is_a_child_of_ours(
    tmp_path: Path, options: dict[str, object]
) -> None:
    program = tmp_path / "program.py"
    program.write_text("import os\nprint(os.getppid())")
    with WarmProcess([sys.executable, str(program)], stdout=-1, text=True, **options) as process:
        assert process.stdout is not None
        assert int(process.stdout.read()) == os.getpid()


def test_without_a_parent_it_is_one_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PARENT, raising=False)
    program = tmp_path / "program.py"
    program.write_text("import os\nprint(os.getppid())")
    with WarmProcess([sys.executable, str(program)], stdout=-1, text=True) as process:
        assert process.stdout is not None
        assert int(process.stdout.read()) == os.getpid()
