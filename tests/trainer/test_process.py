"""What a trainer does about faults of the system around its run, in this process."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from objtui.errors import ObjtuiError
from objtui.runfile.reader import RunReader
from objtui.trainer import process as trainer
from objtui.trainer.pipe import PipeToLauncher, Started
from objtui.trainer.process import run_trainer
from objtui.trainer.signals import StopSignals
from tests.fake_trainer import prepare_as

if TYPE_CHECKING:
    from conftest import Trainers


class Launcher(PipeToLauncher):
    """One whose launcher hears of the run, and something happens as it does."""

    def __init__(self, happens: Callable[[], object] = lambda: None) -> None:
        self.heard: list[Started | ObjtuiError] = []
        self._happens = happens

    def finish(self, outcome: Started | ObjtuiError) -> bool:
        self._happens()
        self.heard.append(outcome)
        return True


def train(trainers: Trainers, launcher: Launcher | None = None) -> int:
    """A short training; the exit code."""
    trainers.runs.mkdir()
    log = trainers.runs / "starting.log"
    log.touch()
    return run_trainer(
        trainers.request({"steps": 30}),
        log=log,
        signals=StopSignals(),
        launcher=launcher or Launcher(),
        prepare=prepare_as(),
    )


def state_of(path: Path) -> tuple[str, str]:
    with RunReader(path) as reader:
        status = reader.status()
    return status.state, status.message


def test_a_folder_that_goes_as_the_run_is_announced_fails_the_run_with_the_reason(
    trainers: Trainers, tmp_path: Path
) -> None:
    launcher = Launcher(lambda: trainers.runs.rename(tmp_path / "moved"))
    assert train(trainers, launcher) == 3
    assert isinstance(launcher.heard[0], Started)
    state, message = state_of(tmp_path / "moved" / "a-1.objtui")
    assert state == "failed"
    assert message.endswith("a-1.objtui: the run file was removed, moved or replaced")


def test_a_disk_that_has_no_room_to_keep_ends_no_training(
    trainers: Trainers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(**options: Any) -> FileIO:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(trainer, "tempfile", SimpleNamespace(TemporaryFile=full))
    assert train(trainers) == 0
    assert state_of(trainers.runs / "a-1.objtui") == ("finished", "")
    said = "no room is kept on the disk for the end of the run: No space left on device"
    assert said in capsys.readouterr().out


def test_a_disk_that_refuses_late_what_was_kept_ends_no_training(
    trainers: Trainers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Late(FileIO):
        def close(self) -> None:
            super().close()
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    def kept(**options: Any) -> FileIO:
        return Late(tmp_path / "kept", "wb")

    monkeypatch.setattr(trainer, "tempfile", SimpleNamespace(TemporaryFile=kept))
    assert train(trainers) == 0
    assert state_of(trainers.runs / "a-1.objtui") == ("finished", "")
