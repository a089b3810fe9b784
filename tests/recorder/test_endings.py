"""How a recorded training ends is how its run does; the training itself always goes on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import objtui
from objtui.runfile.reader import RunReader
from tests.patience import GIVE_UP_S


def test_an_exception_is_the_reason_of_a_failed_run(tmp_path: Path) -> None:
    def train() -> None:
        with objtui.Recorder("failed", runs=tmp_path) as recorder:
            recorder.train(1, loss=1.0)
            raise RuntimeError("out of memory\nmore words")

    with pytest.raises(RuntimeError, match="out of memory"):
        train()
    with RunReader(tmp_path / "failed-1.objtui") as reader:
        status = reader.status()
        assert (status.state, status.message) == ("failed", "RuntimeError: out of memory")
        assert "test_endings.py" in reader.log()


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_an_interruption_stops_a_run(tmp_path: Path, interruption: type[BaseException]) -> None:
    def train() -> None:
        with objtui.Recorder("left", runs=tmp_path) as recorder:
            recorder.train(1, loss=1.0)
            raise interruption

    with pytest.raises(interruption):
        train()
    with RunReader(tmp_path / "left-1.objtui") as reader:
        assert reader.status().state == "stopped"


def test_a_loop_is_stopped_from_another_process(tmp_path: Path) -> None:
    with objtui.Recorder("stopped", runs=tmp_path) as recorder:
        step = 1
        assert recorder.train(step, loss=1.0)
        assert recorder.path is not None
        stop = subprocess.Popen(
            [sys.executable, "-m", "objtui", "stop", "stopped-1", "--runs", str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        until = time.monotonic() + GIVE_UP_S
        while recorder.train(step, loss=1.0) and time.monotonic() < until:
            step += 1
            time.sleep(0.01)
        assert recorder.stop_asked
    assert "stopped at step" in stop.communicate(timeout=GIVE_UP_S)[0]
    with RunReader(recorder.path) as reader:
        assert reader.status().state == "stopped"


def test_a_recorded_run_cannot_be_paused(tmp_path: Path) -> None:
    with objtui.Recorder("paused", runs=tmp_path) as recorder:
        recorder.train(1, loss=1.0)
        pause = [sys.executable, "-m", "objtui", "pause", "paused-1", "--runs", str(tmp_path)]
        until = time.monotonic() + GIVE_UP_S
        said = ""
        while "paused" not in said and time.monotonic() < until:  # its tables may be being made
            said = subprocess.run(pause, capture_output=True, text=True, check=False).stderr
    assert "cannot be paused; `objtui stop` ends it" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("last", "state"),
    [("", "finished"), ("raise ValueError('no data')", "failed"), ("sys.exit(1)", "finished")],
)
def test_without_a_block_the_run_ends_as_the_program(tmp_path: Path, last: str, state: str) -> None:
    program = (
        "import sys, objtui\n"
        "recorder = objtui.Recorder('program', runs=sys.argv[1])\n"
        "for step in range(1, 20): recorder.train(step, loss=1.0)\n"
    )
    subprocess.run(
        [sys.executable, "-c", program + last, str(tmp_path)],
        timeout=GIVE_UP_S,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    with RunReader(tmp_path / "program-1.objtui") as reader:
        assert reader.status().state == state


FULL_DISK = """
import resource, signal, sys, warnings
import objtui
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, 120_000))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    with objtui.Recorder("full", runs=sys.argv[1]) as recorder:
        for step in range(1, 400):
            recorder.evaluate(step, [float(step % 7), 1.0], [0, 1])
            if step % 20 == 0:
                import time; time.sleep(0.02)
print(step, len(caught), caught[0].category.__name__)
"""


def test_a_full_disk_is_said_once_and_the_training_goes_on(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        timeout=GIVE_UP_S,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "399 1 RuntimeWarning\n"


def test_a_file_that_is_removed_is_said_once(tmp_path: Path) -> None:
    with objtui.Recorder("gone", runs=tmp_path) as recorder:
        recorder.train(1, loss=1.0)
        path = recorder.path
        assert path is not None
        until = time.monotonic() + GIVE_UP_S
        while path.stat().st_size == 0 and time.monotonic() < until:
            time.sleep(0.01)
        for file in tmp_path.iterdir():
            file.unlink(missing_ok=True)
        step = 1
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            while not caught and time.monotonic() < until:
                step += 1
                assert recorder.train(step, loss=1.0)
                time.sleep(0.01)
            for _ in range(100):
                recorder.evaluate(step, [0.0], [1])
    assert [each.category for each in caught] == [RuntimeWarning]


def test_finishing_twice_counts_once(tmp_path: Path) -> None:
    recorder = objtui.Recorder("twice", runs=tmp_path)
    recorder.train(1, loss=1.0)
    recorder.finish()
    recorder.finish("failed")
    assert recorder.train(2, loss=1.0)
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        assert (reader.status().state, reader.status().step) == ("finished", 1)
    assert [file.name for file in tmp_path.iterdir()] == ["twice-1.objtui"]


def test_strict_raises_what_else_is_said(tmp_path: Path) -> None:
    with objtui.Recorder("strict", runs=tmp_path, strict=True) as recorder:
        recorder.evaluate(1, np.zeros(3), np.zeros(3))
        with pytest.raises(ValueError, match="shape"):
            recorder.evaluate(2, np.zeros(3), np.zeros(4))


def test_importing_objtui_loads_neither_torch_nor_textual_nor_sqlite() -> None:
    program = (
        "import sys, objtui\n"
        "assert not {'torch', 'textual', 'sqlite3', 'numpy'} & set(sys.modules)\n"
        "objtui.Recorder\n"
        "assert not {'torch', 'textual', 'rich', 'pydantic'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, env=dict(os.environ))


def test_a_disk_that_is_full_from_the_start_leaves_no_run(tmp_path: Path) -> None:
    program = FULL_DISK.replace("120_000, 120_000", "4_096, 4_096")
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        timeout=GIVE_UP_S,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "399 1 RuntimeWarning\n"
    assert [file.name for file in tmp_path.glob("*.objtui")] == []
