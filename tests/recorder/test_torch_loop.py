"""A torch loop, recorded: the same bits, nothing left in the model, and a run like any other."""

from __future__ import annotations

import copy
import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score
from torch import nn

import objtui
from objtui.cli.main import main
from objtui.recorder.recorder import Recorder
from objtui.runfile.reader import RunReader
from tests.recorder import example


def trained(recorder: Recorder | None, steps: int = 60) -> tuple[list[torch.Tensor], list[float]]:
    """Parameters and losses of a small network with dropout, so that a random number would tell."""
    torch.manual_seed(0)
    x, t = torch.randn(200, 5), (torch.rand(200) < 0.2).float()
    model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    losses = []
    for step in range(1, steps + 1):
        batch = torch.randint(0, 200, (32,))
        z = model(x[batch])[:, 0]
        loss = nn.functional.binary_cross_entropy_with_logits(z, t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if recorder is not None:
            recorder.train(step, loss=loss, logits=z, targets=t[batch])
            if step % 20 == 0:
                with torch.inference_mode(), recorder.evaluation(step) as evaluation:
                    model.eval()
                    evaluation.update(model(x)[:, 0], t)
                    model.train()
            torch.save(model, io.BytesIO())
            copy.deepcopy(model)
        elif step % 20 == 0:
            with torch.inference_mode():
                model.eval()
                model(x)
                model.train()
    return [*model.parameters()], losses


def test_a_torch_loop_has_the_same_bits_with_and_without(tmp_path: Path) -> None:
    with objtui.Recorder("torch", runs=tmp_path, live_s=0.0, share=1.0, strict=True) as recorder:
        weights, losses = trained(recorder)
    without, bare_losses = trained(None)
    assert losses == bare_losses
    assert all(torch.equal(mine, bare) for mine, bare in zip(weights, without, strict=True))
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        assert reader.header().dtype == "float32"
        assert [stored.frame.step for stored in reader.frames_after()] == [20, 40, 60]
        means = [float(stored.trace.mean[0, 0]) for stored in reader.loss_traces_after()]
    assert means == losses


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_scores_of_every_dtype_are_those_of_its_numbers(tmp_path: Path, dtype: torch.dtype) -> None:
    z, t = torch.randn(500).to(dtype), (torch.rand(500) < 0.3).float()
    with objtui.Recorder("dtype", runs=tmp_path, strict=True) as recorder:
        scores = recorder.evaluate(1, z, t)
    assert scores["ap"] == pytest.approx(
        average_precision_score(t.numpy(), z.double().numpy()), abs=1e-9
    )


@pytest.fixture(scope="module")
def example_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("example")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OBJTUI_RUNS", str(runs))
        return Path(example.main(100))


def test_the_example_is_a_run(example_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", str(example_run), "--headless"]) == 0
    said = capsys.readouterr().out
    assert "Squares on noise" in said
    assert "finished after 100 steps" in said
    assert main(["explain", str(example_run)]) == 0
    assert "4 096 validation rows" in capsys.readouterr().out


def test_the_example_is_listed(example_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "--runs", str(example_run.parent)]) == 0
    line = capsys.readouterr().out.split()
    assert line[:2] == ["cells-1", "finished"]
    assert "100/100" in line


def test_json_lines_have_the_counts_of_nan_and_the_users_numbers(
    example_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", str(example_run), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (lines[0]["train"], lines[0]["val"]) == (None, None)
    frames = [line for line in lines if line["type"] == "frame"]
    assert [frame["step"] for frame in frames] == [20, 40, 60, 80, 100]
    logits = frames[-1]["heads"]["obj"]["logits"]
    assert (logits["positive_nan"], logits["negative_nan"]) == (0, 0)
    numbers = [line for line in lines if line["type"] == "numbers"]
    assert numbers[-1]["step"] == 100
    recall = frames[-1]["heads"]["obj"]["scores"]["recall"]["mean"]
    assert numbers[-1]["values"]["recall"] == pytest.approx(recall)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "tensorboard", "svg", "png", "run"])
def test_every_format_takes_a_recorded_run(example_run: Path, tmp_path: Path, kind: str) -> None:
    place = tmp_path / f"out-{kind}"
    if kind in ("jsonl", "svg", "png"):
        place = place.with_suffix(f".{kind}")
    assert main(["export", str(example_run), "--format", kind, "--out", str(place)]) == 0
    if kind == "csv":
        rows = (place / "numbers.csv").read_text().splitlines()
        assert rows[0] == "run,step,name,value"
        assert len(rows) == 6


def test_a_run_of_nan_is_shown_and_exported(tmp_path: Path) -> None:
    with objtui.Recorder("nan", runs=tmp_path, strict=True) as recorder:
        recorder.evaluate(1, np.array([0.0, 1.0]), np.array([0, 1]))
        recorder.evaluate(2, np.array([np.nan, np.nan, 1.0]), np.array([0, 1, 1]))
        recorder.log(2, map50=float("nan"))
    for kind, place in (("csv", "nan-csv"), ("png", "nan.png"), ("tensorboard", "nan-tb")):
        assert (
            main(["export", str(recorder.path), "--format", kind, "--out", str(tmp_path / place)])
            == 0
        )
    rows = (tmp_path / "nan-csv" / "histograms.csv").read_text()
    assert "nan-1,obj,0,2" in rows
    assert ",negative,nan,nan,1" in rows


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_step_does_not_wait_for_the_device(tmp_path: Path) -> None:
    device = torch.device("cuda")
    with objtui.Recorder("gpu", runs=tmp_path, live_s=0.0, share=1.0, strict=True) as recorder:
        z, t = torch.randn(1000, device=device), (torch.rand(1000, device=device) < 0.3).float()
        losses = torch.rand(100, device=device, dtype=torch.float64)
        recorder.train(1, loss=losses[0], logits=z, targets=t)
        torch.cuda.set_sync_debug_mode("error")
        try:
            for step in range(2, 101):
                recorder.train(step, loss=losses[step - 1], logits=z, targets=t)
        finally:
            torch.cuda.set_sync_debug_mode("default")
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        means = [float(stored.trace.mean[0, 0]) for stored in reader.loss_traces_after()]
    assert means == losses.tolist()
