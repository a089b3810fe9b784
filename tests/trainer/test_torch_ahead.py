"""torch's library loaded ahead of torch."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from objtui.trainer import torch_ahead
from objtui.trainer.launch import begin_launch
from objtui.trainer.torch_ahead import ONE_CORE, load_torch_ahead
from tests.conftest import Trainers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is")


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_ahead, "usable_cores", lambda: 2)


def test_torch_finds_its_library_loaded_and_adds_up() -> None:
    program = """
import objtui.trainer.torch_ahead as ahead, sys
from pathlib import Path
ahead.usable_cores = lambda: 2
ahead.load_torch_ahead().join()
mapped = {line.split()[-1] for line in open("/proc/self/maps") if "libtorch_cpu.so" in line}
assert "torch" not in sys.modules
import torch
after = {line.split()[-1] for line in open("/proc/self/maps") if "libtorch_cpu.so" in line}
print(len(mapped), after == mapped, float((torch.ones(3, 3) @ torch.ones(3, 3)).sum()))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    assert (done.stdout, done.stderr) == ("1 True 27.0\n", "")


def test_on_one_core_nothing_is_loaded_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch_ahead, "usable_cores", lambda: 1)
    assert load_torch_ahead() is None


@pytest.mark.parametrize("there", [True, False], ids=["another's torch", "no torch"])
def test_what_is_not_there_is_left_to_the_import(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, there: bool
) -> None:
    spec = importlib.machinery.ModuleSpec("torch", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec if there else None)
    thread = load_torch_ahead()
    assert isinstance(thread, threading.Thread) is there
    if thread is not None:
        thread.join()


def test_beside_a_dashboard_a_trainer_starts_on_one_core(
    trainers: Trainers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = "import os, sys; open('{}', 'w').write(' '.join(sys.argv[1:-2]))"
    arguments = tmp_path / "arguments"
    trainer = (sys.executable, "-c", program.format(arguments))
    monkeypatch.setattr("objtui.trainer.launch.TRAINER", trainer)
    starting = begin_launch(trainers.request(), trainers.runs)
    starting.process.wait()
    starting.abort()
    assert arguments.read_text() == ONE_CORE
