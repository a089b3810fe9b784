"""A training by Ultralytics, recorded by its callbacks."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import objtui
from objtui.errors import UsageError
from objtui.integrations import ultralytics as integration
from objtui.runfile.reader import RunReader
from tests.integrations.conftest import real
from tests.integrations.ultralytics_stand_in import YOLO, DetectionLoss, EndToEndLoss, Network

EVERY_STEP = {"live_s": 0.0, "share": 1.0}


def read(recorder: objtui.Recorder) -> tuple[Any, Any, list[Any]]:
    """Header, status and frames of a run."""
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        frames = [stored.frame for stored in reader.frames_after()]
        return reader.header(), reader.status(), frames


@pytest.mark.parametrize("loss", [DetectionLoss, EndToEndLoss])
def test_a_training_is_a_run_and_has_the_same_bits(tmp_path: Path, loss: Any) -> None:
    bare, model = YOLO(loss), YOLO(loss)
    record = integration.record(model, "yolo", runs=tmp_path, strict=True, **EVERY_STEP)
    for each in (bare, model):
        each.train()
    assert model.losses == bare.losses
    assert all(map(torch.equal, model.model.parameters(), bare.model.parameters()))
    header, status, frames = read(record.recorder)
    assert [head.name for head in header.heads] == (
        ["obj"] if loss is DetectionLoss else ["o2m", "o2o"]
    )
    assert (header.steps, header.positive) == (12, "target > 0")
    assert (status.state, status.step) == ("finished", 12)
    assert [frame.step for frame in frames] == [6, 12]
    torch.manual_seed(1)
    batches = torch.stack([torch.randn(2, 20, 5) for _ in range(6)][:3])
    with torch.inference_mode():
        z = model.model.eval().net(batches)[..., 0]
    positive = batches[..., 0] > 1
    for head, added in zip(range(len(header.heads)), (0, 1), strict=False):
        scores = {name: frames[-1].score(name)[head, 0] for name in ("z_pos", "z_neg")}
        assert scores["z_pos"] == pytest.approx(
            (z + added)[positive].double().mean().item(), rel=1e-6
        )
        assert scores["z_neg"] == pytest.approx(
            (z + added)[~positive].double().mean().item(), rel=1e-6
        )
        assert frames[-1].counts[head].sum() == 120
    assert record.recorder.path is not None
    with RunReader(record.recorder.path) as reader:
        means = [float(stored.trace.mean[-1, 0]) for stored in reader.loss_traces_after()]
        numbers = {(number.step, number.name): number.value for number in reader.numbers_after()}
    assert means == model.losses
    assert numbers[12, "mAP50(B)"] == 0.5
    for part in vars(model.model.criterion).values():
        assert not getattr(part, "bce", part)._forward_hooks


def test_a_training_that_fails_is_a_failed_run(tmp_path: Path) -> None:
    model = YOLO()
    record = integration.record(model, "yolo", runs=tmp_path, strict=True)
    with pytest.raises(RuntimeError, match="on purpose"):
        model.train(fails_at=8)
    _, status, frames = read(record.recorder)
    assert (status.state, status.step, len(frames)) == ("failed", 9, 1)
    assert "on purpose" in status.message


def test_a_batch_that_had_no_memory_leaves_no_hook(tmp_path: Path) -> None:
    model = YOLO()
    record = integration.record(model, "yolo", runs=tmp_path, strict=True, **EVERY_STEP)
    model.train(runs_out_at=2)
    assert not model.model.criterion.bce._forward_hooks
    assert read(record.recorder)[1].state == "finished"


def test_stop_ends_the_training(tmp_path: Path) -> None:
    model = YOLO()
    record = integration.record(model, "yolo", runs=tmp_path, strict=True)

    def ask(trainer: Any) -> None:
        assert record.recorder._lifetime.recording is not None
        record.recorder._lifetime.recording.writing.stop_asked = len(model.losses) >= 4

    model.callbacks["on_train_batch_end"].append(ask)
    model.train()
    assert len(model.losses) == 5
    assert read(record.recorder)[1].state == "stopped"


def test_a_second_training_is_a_run_of_its_own(tmp_path: Path) -> None:
    model = YOLO()
    record = integration.record(model, "yolo", runs=tmp_path, strict=True)
    model.train()
    first = record.recorder.name
    model.train()
    assert (first, record.recorder.name) == ("yolo-1", "yolo-2")


def test_copies_that_go_to_other_processes_have_the_settings(tmp_path: Path) -> None:
    record = integration.Record("yolo", runs=tmp_path, strict=True)
    for each in (copy.deepcopy(record), pickle.loads(pickle.dumps(record.on_train_start))):
        other, model = getattr(each, "__self__", each), YOLO()
        for event in integration.EVENTS:
            model.add_callback(event, getattr(other, event))
        model.train()
    assert sorted(path.stem for path in tmp_path.glob("*.objtui")) == ["yolo-1", "yolo-2"]


def test_a_model_without_such_a_loss_is_refused(tmp_path: Path) -> None:
    class Other(Network):
        def init_criterion(self) -> Any:
            return torch.nn.MSELoss()

    model = YOLO()
    model.model = Other(DetectionLoss)
    integration.record(model, "yolo", runs=tmp_path)
    with pytest.raises(UsageError, match="MSELoss' object has no attribute 'bce'"):
        model.train()


def squares(folder: Path) -> Path:
    """A data set of four pictures, each with one square."""
    image = pytest.importorskip("PIL.Image")
    random = np.random.default_rng(0)
    for split in ("train", "val"):
        for kind in ("images", "labels"):
            (folder / kind / split).mkdir(parents=True)
        for index in range(4):
            pixels = random.integers(0, 60, (64, 64, 3), dtype=np.uint8)
            pixels[20:44, 16:40] = 220
            image.fromarray(pixels).save(folder / "images" / split / f"{index}.png")
            labels = folder / "labels" / split / f"{index}.txt"
            labels.write_text("0 0.4375 0.5 0.375 0.375\n")
    described = folder / "data.yaml"
    lines = [f"path: {folder}", "train: images/train", "val: images/val", "names: {0: square}"]
    described.write_text("\n".join(lines))
    return described


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("network", ["yolo11n.yaml", "yolo26n.yaml"])
def test_the_real_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network: str) -> None:
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("YOLO_OFFLINE", "true")
    package = real("ultralytics")
    data = squares(tmp_path / "data")
    weights = []
    for name in ("bare", "recorded"):
        model = package.YOLO(network)
        if name == "recorded":
            record = integration.record(
                model, "yolo", runs=tmp_path / "runs", strict=True, **EVERY_STEP
            )
        model.train(
            data=str(data), epochs=2, imgsz=64, batch=2, device="cpu", workers=0, plots=False,
            project=str(tmp_path), name=name, verbose=False,
        )  # fmt: skip
        saved = torch.load(tmp_path / name / "weights" / "last.pt", weights_only=False)
        weights.append(saved["model"].state_dict())
    assert all(map(torch.equal, weights[0].values(), weights[1].values()))
    header, status, frames = read(record.recorder)
    assert (header.steps, status.state, status.step) == (4, "finished", 4)
    assert [frame.step for frame in frames] == [2, 4]
    anchors = 4 * (8 * 8 + 4 * 4 + 2 * 2)
    assert frames[0].counts.sum((1, 2, 3)).tolist()[0] >= anchors
    assert (frames[0].counts.sum((1, 3))[:, 1] > 0).all()
    assert record.recorder.path is not None
    with RunReader(record.recorder.path) as reader:
        assert "mAP50(B)" in {number.name for number in reader.numbers_after()}
