"""A measured run: what its file says, and that none is left where something went wrong."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import numpy as np
import pytest

from objtui.errors import RunFileError, UsageError
from objtui.measures.scoring import score_heads
from objtui.measuring.given import HeadArrays
from objtui.measuring.record import measure, record
from objtui.measuring.rows import read_rows
from objtui.runfile.reader import RunReader
from objtui.runfile.records import HeadInfo, RowCounts
from objtui.runfile.writer import RunWriter
from tests.measuring.measured_files import T, Z, write

HEADS = (HeadArrays("a", ("logits",)), HeadArrays("ce", ("z0", "z1")))


def recorded(path: Path, runs: Path, name: str | None = None) -> Path:
    began = time.monotonic()
    return record(measure(path, read_rows(path, HEADS)), runs, name, began)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of two heads and three steps, out of order, of 30, 20 and 10 rows."""
    step = np.repeat([200, 0, 100], [10, 30, 20])
    z = Z.astype("f4")
    return write(tmp_path / "val set.npz", logits=z, z0=z, z1=3 * z, targets=T, step=step)


def test_the_header_says_that_nothing_was_trained(path: Path, tmp_path: Path) -> None:
    with RunReader(recorded(path, tmp_path / "runs")) as reader:
        header = reader.header()
    assert (header.run, header.title) == ("val-set-1", "val set.npz")
    assert (header.scenario, header.dtype) == (str(path), "float32")
    assert (header.train, header.device, header.measured) == (None, "none", True)
    assert header.val == header.evaluated == RowCounts(10, int(T[:10].sum()))
    assert header.heads == (HeadInfo("a", "bce", 1, "a"), HeadInfo("ce", "ce", 2, "a"))
    assert (header.steps, header.seeds) == (200, (0,))
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    line = f"{content} {path.name}".encode()
    assert header.data_digest == hashlib.sha256(line).hexdigest()
    assert "torch" not in header.versions


def test_the_rows_of_each_step_are_a_frame(path: Path, tmp_path: Path) -> None:
    with RunReader(recorded(path, tmp_path / "runs")) as reader:
        frames = [entry.frame for entry in reader.frames_after()]
        status, summary = reader.status(), reader.summary()
    assert [frame.step for frame in frames] == [0, 100, 200]
    for frame, rows in zip(frames, (slice(10, 40), slice(40, 60), slice(0, 10)), strict=True):
        z = Z[rows].astype("f4")
        expected = score_heads([z, 2 * z], T[rows])
        np.testing.assert_allclose(frame.scores[:, 0], expected.scores, rtol=1e-6)
        assert frame.counts.sum(axis=(1, 2, 3)).tolist() == [len(z)] * 2
        assert frame.scheduled
        assert not frame.diverged.any()
    assert (status.state, status.step) == ("finished", 200)
    assert summary is not None
    assert (summary.steps, summary.train_s) == (200, 0)
    assert 0 <= summary.eval_s <= summary.wall_s


def test_notices_are_kept_for_every_reader(path: Path, tmp_path: Path) -> None:
    with RunReader(recorded(path, tmp_path / "runs")) as reader:
        log, request = reader.log(), json.loads(reader.request())
    assert "notice: val set.npz: not every step has the same rows" in log
    assert request == {"measured": {"a": ["logits"], "ce": ["z0", "z1"]}}


def test_no_journal_stays_beside_the_file(path: Path, tmp_path: Path) -> None:
    run = recorded(path, tmp_path / "new" / "runs", "mine")
    assert [each.name for each in run.parent.iterdir()] == ["mine.objtui"]


def test_a_name_that_is_taken_is_refused(path: Path, tmp_path: Path) -> None:
    run = recorded(path, tmp_path, "mine")
    before = run.read_bytes()
    with pytest.raises(UsageError, match="exists already"):
        recorded(path, tmp_path, "mine")
    assert run.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_an_error(path: Path, tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="cannot be made"):
        recorded(path, path / "runs")


def test_an_interrupt_leaves_no_run(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(RunWriter, "append_frame", interrupted)
    with pytest.raises(KeyboardInterrupt):
        recorded(path, tmp_path / "runs")
    assert list((tmp_path / "runs").iterdir()) == []
