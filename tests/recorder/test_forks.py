"""Children of the training's process neither hang nor touch its run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import objtui
from objtui.cli.main import main
from objtui.runfile.reader import RunReader
from tests.patience import GIVE_UP_S

FORKS = """
import os, sys, time
import objtui
with objtui.Recorder("forked", runs=sys.argv[1], live_s=0.0, share=1.0) as recorder:
    for step in range(1, 501):
        recorder.train(step, loss=1.0, logits=[0.0, 1.0], targets=[0, 1])
        if step % 50 == 0:
            recorder.evaluate(step, [0.0, 1.0], [0, 1])
        child = os.fork()
        if child == 0:
            # What a child does with the recorder that it has inherited comes to nothing.
            recorder.train(step, loss=9.0)
            recorder.log(step, rate=1.0)
            recorder.evaluate(step, [0.0], [1])
            recorder.finish("failed")
            if step % 10:
                os._exit(0)
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
"""


def test_500_forks_end_and_the_run_is_whole(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKS, str(tmp_path)],
        timeout=GIVE_UP_S,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    (path,) = tmp_path.glob("*.objtui")
    with RunReader(path) as reader:
        assert reader.status().state == "finished"
        frames = [stored.frame for stored in reader.frames_after()]
        traces = [stored.trace for stored in reader.loss_traces_after()]
        assert reader.numbers_after() == []
    assert [frame.step for frame in frames] == list(range(50, 501, 50))
    assert {float(trace.mean[0, 0]) for trace in traces} == {1.0}
    assert list(tmp_path.iterdir()) == [path]


def _record(folder: Path) -> None:
    objtui.Recorder("child", runs=folder).train(1, loss=1.0)


def test_a_child_of_multiprocessing_finishes_its_own_run(tmp_path: Path) -> None:
    child = multiprocessing.get_context("spawn").Process(target=_record, args=(tmp_path,))
    child.start()
    child.join(GIVE_UP_S)
    assert child.exitcode == 0
    with RunReader(tmp_path / "child-1.objtui") as reader:
        assert reader.status().state == "finished"


def test_a_killed_training_has_crashed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = (
        "import sys, time, objtui\n"
        "recorder = objtui.Recorder('killed', runs=sys.argv[1])\n"
        "for step in range(1, 10**9):\n"
        "    recorder.train(step, loss=1.0)\n"
        "    recorder.evaluate(step, [0.0, 1.0], [0, 1])\n"
        "    time.sleep(0.01)\n"
    )
    training = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)])
    try:
        path = tmp_path / "killed-1.objtui"
        until = time.monotonic() + GIVE_UP_S
        while not _frames(path) and time.monotonic() < until:
            time.sleep(0.05)
        os.kill(training.pid, signal.SIGKILL)
    finally:
        training.kill()
        training.wait()
    with RunReader(path) as reader:
        assert reader.status().state == "crashed"
        assert reader.frames_after()
    assert main(["watch", str(path), "--headless"]) == 3
    assert 'objtui.Recorder(…, resume="killed-1") goes on in this run' in capsys.readouterr().err


def _frames(path: Path) -> int:
    if not path.exists() or path.stat().st_size == 0:
        return 0
    try:
        with RunReader(path) as reader:
            return len(reader.frames_after())
    except objtui.errors.RunFileError:  # its tables are being made
        return 0
