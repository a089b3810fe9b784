"""Run files cut short and with flipped bits: an answer or a clear error, whatever is asked of them.

A longer form: OBJTUI_DAMAGES=2000 pytest tests/faults/test_damaged_files.py
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pytest

from objtui.cli.main import main
from objtui.errors import ObjtuiError
from objtui.runfile.find import find_run
from objtui.runfile.names import log_path
from objtui.runfile.reader import RunReader
from objtui.runfile.resumption import require_resumable
from objtui.runs.source import RunSource
from objtui.trainer.pipe import PipeFromTrainer, PipeToLauncher
from objtui.trainer.process import run_trainer
from objtui.trainer.request import request_to_resume
from objtui.trainer.signals import StopSignals
from tests.conftest import A_CLAIM, A_SCENARIO
from tests.fake_trainer import prepare_as

if TYPE_CHECKING:
    from conftest import Trainers

DAMAGES = int(os.environ.get("OBJTUI_DAMAGES", "160"))
"""Damaged files, shared out over the kinds of run files; six things are asked of each."""

HANGS_S = 300
"""After so long without an answer something hangs; no measure of anything."""

FORMATS = ("jsonl", "run", "csv", "jsonl", "run", "svg", "jsonl", "parquet", "run", "tensorboard")

KINDS = ("running", "crashed", "stopped", "resumed")
USUAL = ("crashed", "stopped")
EACH = DAMAGES // len(KINDS)


@contextmanager
def an_end() -> Iterator[None]:
    """Raise where the block does not end."""

    def give_up(number: int, frame: FrameType | None) -> None:
        raise TimeoutError("no answer")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(HANGS_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def copied(path: Path, folder: Path) -> Path:
    """A copy of a run file with what lies beside it."""
    folder.mkdir()
    for part in path.parent.glob(f"{path.name}*"):
        if not part.name.endswith("-shm"):
            shutil.copy(part, folder)
    return folder / path.name


def make(kind: str, trainers: Trainers, folder: Path) -> Path:
    """A run file as it lies there in some state of its run; no trainer works on it."""
    train = {"steps": 200, "checkpoint_every": 20}
    (folder / "gate").write_text("100")  # so that it does not end by itself
    path = trainers.start(text=A_SCENARIO + A_CLAIM, train=train, base=str(folder)).path
    pid = trainers.launched[-1].pid
    trainers.wait_for(path, lambda status: status.step >= 60)
    if kind == "running":
        os.kill(pid, signal.SIGSTOP)  # so that all of it is of one moment
        try:
            return copied(path, folder / "original")
        finally:
            trainers.kill(path)
    if kind == "stopped":
        trainers.stop(path)
    else:
        trainers.kill(path)
    if kind == "resumed":
        (folder / "gate").unlink()
        trainers.resume(path).process.wait()
    return copied(path, folder / "original")


def damage(path: Path, chance: random.Random) -> str:
    """Spoil the file or its journal; says how."""
    parts = [part for end in ("", "-wal") if (part := path.with_name(path.name + end)).exists()]
    part = chance.choice(parts)
    data = bytearray(part.read_bytes())
    how = chance.choice(["cut", "bits", "bits", "bits of its start", "zeros", "noise"])
    if how == "cut":
        del data[chance.randrange(len(data)) :]
    elif how.startswith("bits"):
        end = 4096 if how == "bits of its start" else len(data)
        for _ in range(chance.choice([1, 1, 2, 8, 64])):
            data[chance.randrange(min(end, len(data)))] ^= 1 << chance.randrange(8)
    else:
        at, length = chance.randrange(len(data)), chance.choice([1, 100, 4096])
        spoilt = bytes(length) if how == "zeros" else chance.randbytes(length)
        data[at : at + length] = spoilt[: len(data) - at]
    part.write_bytes(data)
    return f"{how} in {part.name}"


def ask(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The command line answers, or says in its own words what is wrong."""
    with an_end():
        code = main(arguments)
    out, err = capsys.readouterr()
    assert code in (0, 2, 3), (arguments, err)
    assert "fault of objtui" not in err, (arguments, err)
    assert "Traceback" not in out + err, arguments
    lines = err.splitlines()
    assert all(line.startswith("objtui: ") for line in lines), err
    errors = [line for line in lines if line.startswith("objtui: error: ")]
    assert len(errors) == (code != 0), err


def look_in_the_dashboard(path: Path) -> None:
    with an_end(), suppress(ObjtuiError), closing(RunSource(path)) as source:
        while not source.ended or source.behind:
            source.poll()


def go_on(path: Path) -> None:
    """As `objtui resume` does, the trainer in this process; it leaves a sound file or none of it.

    Raises what a person would be told.
    """
    with RunReader(path) as reader:
        header = reader.header()
        require_resumable(path, header, reader.status())
        request = request_to_resume(path, header, reader.request())
    reading, writing = os.pipe()
    pipe = PipeFromTrainer(reading)
    log = path.with_name("starting.log")
    log.write_text("")
    assert request.scenario is not None
    shorter = {**request.scenario, "train": {**request.scenario["train"], "steps": 30}}
    run_trainer(
        replace(request, scenario=shorter),
        log=log,
        signals=StopSignals(),
        launcher=PipeToLauncher(writing),
        prepare=prepare_as(),
    )
    assert pipe.is_decided()
    pipe.close()
    if isinstance(pipe.outcome, ObjtuiError):
        raise pipe.outcome
    assert not log.exists()
    assert not log_path(path).exists()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=() if kind in USUAL else pytest.mark.thorough) for kind in KINDS],
)
def test_a_damaged_file_gives_an_answer_or_a_clear_error(
    kind: str,
    trainers: Trainers,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = make(kind, trainers, tmp_path)
    (tmp_path / "gate").unlink(missing_ok=True)
    chance = random.Random(KINDS.index(kind))
    monkeypatch.chdir(tmp_path)
    for number in range(EACH):
        folder = tmp_path / "runs of the test"
        path = copied(original, folder)
        how = damage(path, chance)
        place = str(tmp_path / "out")
        export = FORMATS[number % len(FORMATS)]
        try:
            ask(["runs", "--runs", str(folder)], capsys)
            ask(["watch", str(path), "--headless"], capsys)
            ask(["watch", str(path), "--json", "--live"], capsys)
            ask(["export", str(path), "--format", export, "--out", place], capsys)
            look_in_the_dashboard(path)
            with an_end(), suppress(ObjtuiError):
                go_on(find_run(folder, path.stem))
        except BaseException as error:
            error.add_note(f"case {number}: {how}")
            raise
        shutil.rmtree(folder)
        for left in tmp_path.glob("out*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
