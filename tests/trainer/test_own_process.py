"""Waiting for the end of a process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from objtui.trainer.own_process import OwnProcess

WAITS = (sys.executable, "-c", "import sys; sys.stdin.read(); sys.exit(3)")


@pytest.fixture(params=["by its descriptor", "by looking"])
def process(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OwnProcess]:
    if request.param == "by looking":  # as where the system has no such descriptors
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    with OwnProcess(WAITS, stdin=subprocess.PIPE) as started:
        yield started
        started.kill()


def test_its_end_is_awaited_and_has_its_code(process: OwnProcess) -> None:
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(120) == 3
    assert process.wait(0) == process.wait() == process.returncode == 3


def test_while_it_lives_a_wait_ends_after_its_time(process: OwnProcess) -> None:
    began = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    assert time.monotonic() - began >= 0.01
    assert process.poll() is None
    process.kill()
    assert process.wait(120) == -9


def test_no_descriptor_is_left_behind(process: OwnProcess) -> None:
    before = os.listdir("/dev/fd")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0)
    assert os.listdir("/dev/fd") == before
