"""Two processes that evaluate a half each have the run that one process has of the whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, distributed, multiprocessing, nn

import objtui
from objtui.measures.frames import Frame
from objtui.runfile.reader import RunReader


def rows() -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(3)
    z = torch.randn(20_000, generator=random) * 3
    return z, (torch.rand(20_000, generator=random) < z.sigmoid()).float()


def evaluate(rank: int, runs: Path, fails_at: int | None) -> None:
    """One of two processes: what it finds wrong ends it, and so the test."""
    place = f"file://{runs / 'meeting'}"
    distributed.init_process_group("gloo", init_method=place, rank=rank, world_size=2)
    z, t = rows()
    mine = slice(rank, None, 2)
    criterion = nn.BCEWithLogitsLoss()
    with objtui.Recorder(
        "merged", heads=["obj", "tap", "none"], runs=runs, merge="all_reduce"
    ) as recorder:
        recorder.attach(criterion, "tap")
        recorder.train(1, head="obj", loss=1.0)
        for step in (10, 20):
            with recorder.evaluation(step) as evaluation:
                evaluation.update(z[mine], t[mine], head="obj")
                if rank == 1:
                    criterion(z[:100], t[:100])
                if step == fails_at and rank == 0:
                    recorder._lifetime.fail(OSError("the disk is full"))
            assert evaluation.sums()[0].rows == len(z)
            assert evaluation.compute("tap")["nll"] == pytest.approx(
                criterion(z[:100], t[:100]).item(), rel=1e-6
            )
    assert (recorder.path is None) == (rank == 1)
    distributed.destroy_process_group()


def frames_of(path: Path) -> list[Frame]:
    with RunReader(path) as reader:
        return [stored.frame for stored in reader.frames_after()]


def test_merged_counts_are_those_of_one_process(tmp_path: Path) -> None:
    multiprocessing.spawn(evaluate, (tmp_path, None), nprocs=2)
    z, t = rows()
    with objtui.Recorder("one", runs=tmp_path, strict=True) as recorder:
        recorder.evaluate(10, z, t)
    (run,) = tmp_path.glob("merged-*.objtui")
    first, second = frames_of(run)
    (whole,) = frames_of(tmp_path / "one-1.objtui")
    assert (first.step, second.step) == (10, 20)
    assert np.array_equal(first.counts[0], whole.counts[0])
    assert first.counts[1].sum() == 100
    assert first.measured.tolist() == [True, True, False]
    for name in ("nll", "brier", "ece", "p_pos", "z_neg", "recall"):
        assert first.score(name)[0, 0] == pytest.approx(whole.score(name)[0, 0], rel=1e-9)
    for name in ("auc", "ap", "f1"):
        assert first.score(name)[0, 0] == pytest.approx(whole.score(name)[0, 0], abs=1e-3)


@pytest.mark.filterwarnings("ignore:objtui.Recorder")
def test_a_recording_that_fails_on_one_rank_keeps_none_waiting(tmp_path: Path) -> None:
    multiprocessing.spawn(evaluate_after_failure, (tmp_path,), nprocs=2)
    (run,) = tmp_path.glob("merged-*.objtui")
    with RunReader(run) as reader:
        assert reader.status().state == "failed"


def evaluate_after_failure(rank: int, runs: Path) -> None:
    evaluate(rank, runs, fails_at=20)
