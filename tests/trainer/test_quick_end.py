"""The end of a process without the interpreter's teardown: what anybody sees of it is the same."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from objtui.trainer.launch import TRAINER

START = """
import atexit, ctypes, os, signal, sys, threading, time
from objtui.trainer.quick_end import QuickEnd
ending = QuickEnd()
class TakenDown:
    def __del__(self, write=os.write):
        write(1, b"taken down")
lasting = TakenDown()
"""


def end_of(
    end: str, *, start: str = START, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """A process of these statements; what is written to its stdout is buffered."""
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        [sys.executable, "-c", start + end],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env=buffered,
        timeout=120,
    )


@pytest.mark.parametrize("code", [0, 3, 130])
def test_it_has_the_code_and_what_was_said_and_nothing_is_taken_down(code: int) -> None:
    done = end_of(f"print('said', end=''); sys.exit(ending.with_code({code}))")
    assert (done.returncode, done.stdout, done.stderr) == (code, "said", "")


def test_what_a_library_in_c_has_said_is_written_too() -> None:
    done = end_of("ctypes.CDLL(None).printf(b'from C'); sys.exit(ending.with_code(0))")
    assert done.stdout == "from C"


def test_threads_are_awaited_and_what_is_to_be_done_at_the_end_is() -> None:
    done = end_of("""
atexit.register(print, "at the end")
def work():
    time.sleep(0.05)
    print("a thread")
threading.Thread(target=work).start()
sys.exit(ending.with_code(0))
""")
    assert (done.returncode, done.stdout) == (0, "a thread\nat the end\n")


def test_what_was_to_be_done_at_the_end_before_is_done_as_coverage_saves_its_data() -> None:
    end = "sys.exit(ending.with_code(3))"
    done = end_of(end, start="import atexit\natexit.register(print, 'saved')\n" + START)
    assert (done.returncode, done.stdout) == (3, "saved\ntaken down")


def test_after_an_exception_python_ends_as_ever() -> None:
    done = end_of("raise ValueError('wrong')")
    assert (done.returncode, done.stdout) == (1, "taken down")
    assert done.stderr.endswith("ValueError: wrong\n")


def test_a_signal_that_ends_the_process_is_told_by_its_end() -> None:
    done = end_of("signal.raise_signal(signal.SIGTERM)")
    assert done.returncode == -15


def test_a_fork_has_an_end_of_its_own() -> None:
    done = end_of("""
if (pid := os.fork()) == 0:
    ending.with_code(7)
    sys.exit(5)
_, status = os.waitpid(pid, 0)
sys.exit(ending.with_code(os.waitstatus_to_exitcode(status)))
""")
    assert (done.returncode, done.stdout) == (5, "taken down")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_what_can_no_longer_be_written_is_told_by_pythons_own_code() -> None:
    with open("/dev/full", "w") as full:
        done = end_of("print('said'); sys.exit(ending.with_code(0))", stdout=full.fileno())
    assert done.returncode == 120
    assert "No space left on device" in done.stderr


def test_a_trainer_whose_request_is_cut_short_leaves_with_its_code_and_without_a_log(
    tmp_path: Path,
) -> None:
    log = tmp_path / "starting.log"
    reading, writing = os.pipe()
    with log.open("a+b") as output:
        done = subprocess.run(
            [*TRAINER, str(writing), str(log)],
            input=b'{"scenario_path":',
            stdout=output,
            stderr=output,
            pass_fds=(writing,),
            check=False,
            timeout=120,
        )
    os.close(writing)
    os.close(reading)
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []
