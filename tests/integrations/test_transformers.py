"""A training by Hugging Face's Trainer, recorded by its callback."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

import objtui
from objtui.runfile.reader import RunReader
from tests.integrations import transformers_stand_in as stand_in
from tests.integrations.conftest import real, standing_in

EVERY_STEP = {"live_s": 0.0, "share": 1.0, "strict": True}


@pytest.fixture
def integration() -> Iterator[ModuleType]:
    with standing_in(stand_in.modules(), "transformers") as module:
        yield module


def batches() -> list[tuple[Tensor, Tensor]]:
    random = torch.Generator().manual_seed(2)
    x = torch.randn(4, 2, 10, 5, generator=random)
    return [(each, (each[..., 0] < 1).long()) for each in x]


def trainer(callbacks: list[Any], **options: Any) -> stand_in.Trainer:
    torch.manual_seed(0)
    return stand_in.Trainer(stand_in.Detector(), callbacks, **options)


def read(recorder: objtui.Recorder) -> tuple[Any, Any, list[Any], list[float]]:
    """Header, status, frames and losses of a run."""
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        frames = [stored.frame for stored in reader.frames_after()]
        losses = [float(stored.trace.mean[0, 0]) for stored in reader.loss_traces_after()]
        return reader.header(), reader.status(), frames, losses


@pytest.mark.parametrize("accumulation", [1, 2])
def test_a_training_is_a_run_and_has_the_same_bits(
    tmp_path: Path, integration: ModuleType, accumulation: int
) -> None:
    bare = trainer([], accumulation=accumulation)
    record = integration.Record("detr", runs=tmp_path, **EVERY_STEP)
    recorded = trainer([record], accumulation=accumulation)
    for each in (bare, recorded):
        torch.manual_seed(1)
        each.train(batches())
    assert recorded.losses == bare.losses
    assert all(map(torch.equal, recorded.model.parameters(), bare.model.parameters()))
    assert recorded.model.loss_function is stand_in.detection_loss
    header, status, frames, losses = read(record.recorder)
    assert (header.steps, status.state, status.step) == (6, "finished", 6)
    means = torch.tensor(recorded.losses).reshape(6, accumulation).mean(1)
    assert losses == pytest.approx(means.tolist(), rel=1e-6)
    assert [frame.step for frame in frames] == [3, 6]
    x, labels = (torch.cat(part) for part in zip(*batches(), strict=True))
    with torch.no_grad():
        z = recorded.model.eval().net(x)
    explicit = objtui.Recorder("explicit", runs=tmp_path)
    scores = explicit.evaluate(1, z[..., 0] - z[..., 1], labels == 0)
    explicit.finish()
    assert frames[-1].counts.sum() == 80
    assert frames[-1].score("nll")[0, 0] == pytest.approx(scores["nll"], rel=1e-6)


def test_a_copy_of_the_model_has_the_loss_that_was_before(
    tmp_path: Path, integration: ModuleType
) -> None:
    record = integration.Record("detr", runs=tmp_path, **EVERY_STEP)
    recorded = trainer([record])
    record.on_train_begin(None, recorded.state, recorded.control, model=recorded.model)
    assert recorded.model.loss_function is not stand_in.detection_loss
    for made in (copy.deepcopy(recorded.model), pickle.loads(pickle.dumps(recorded.model))):
        assert made.loss_function is stand_in.detection_loss
    record.on_train_end(None, recorded.state, recorded.control)


def test_a_training_that_failed_is_ended_by_the_next(
    tmp_path: Path, integration: ModuleType
) -> None:
    record = integration.Record("detr", runs=tmp_path, **EVERY_STEP)
    first, second = trainer([record]), trainer([record])
    with pytest.raises(ArithmeticError):
        first.train(batches(), fails_at=4)
    failed = record.recorder
    second.train(batches())
    assert read(failed)[1].state == "failed"
    assert read(record.recorder)[1].state == "finished"
    assert first.model.loss_function is stand_in.detection_loss


def test_stop_ends_the_training_and_a_prediction_is_no_evaluation(
    tmp_path: Path, integration: ModuleType
) -> None:
    record = integration.Record("detr", runs=tmp_path, **EVERY_STEP)

    class Ask(stand_in.TrainerCallback):
        def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if state.global_step == 1:
                recorded.evaluate(batches(), "on_predict")
                record.recorder._lifetime.recording.writing.stop_asked = True

    recorded = trainer([record, Ask()])
    recorded.train(batches())
    _, status, frames, _ = read(record.recorder)
    assert (status.state, status.step) == ("stopped", 2)
    assert all(frame.of_training for frame in frames)


class Pictures(torch.utils.data.Dataset[Any]):
    """Eight pictures, each with one box."""

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> Any:
        random = torch.Generator().manual_seed(index)
        boxes = torch.tensor([[0.5, 0.5, 0.3, 0.3]])
        labels = {"class_labels": torch.tensor([0]), "boxes": boxes}
        return torch.rand(3, 64, 64, generator=random), labels


def collated(parts: list[Any]) -> dict[str, Any]:
    pictures, labels = zip(*parts, strict=True)
    return {"pixel_values": torch.stack(pictures), "labels": list(labels)}


def detr(package: Any, *, sigmoid: bool) -> Any:
    """A small one of random weights: DETR, or RT-DETR."""
    torch.manual_seed(0)
    sizes = {"embedding_size": 8, "hidden_sizes": [8, 8, 8, 16]}
    common = {"d_model": 16, "num_queries": 10, "decoder_layers": 2, "num_labels": 1}
    if not sigmoid:
        backbone = package.ResNetConfig(**sizes, depths=[1] * 4, out_features=["stage4"])
        config = package.DetrConfig(
            backbone_config=backbone, use_timm_backbone=False, use_pretrained_backbone=False,
            encoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2,
            encoder_ffn_dim=16, decoder_ffn_dim=16, auxiliary_loss=True, **common,
        )  # fmt: skip
        return package.DetrForObjectDetection(config)
    stages = ["stage2", "stage3", "stage4"]
    backbone = package.RTDetrResNetConfig(**sizes, depths=[1] * 4, out_features=stages)
    config = package.RTDetrConfig(
        backbone_config=backbone, encoder_hidden_dim=16, encoder_in_channels=[8, 8, 16],
        encoder_ffn_dim=16, encoder_attention_heads=2, decoder_in_channels=[16] * 3,
        decoder_ffn_dim=16, decoder_attention_heads=2, num_denoising=0, **common,
    )  # fmt: skip
    return package.RTDetrForObjectDetection(config)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("sigmoid", [False, True])
@pytest.mark.parametrize("accumulation", [1, 2])
def test_the_real_one(tmp_path: Path, sigmoid: bool, accumulation: int) -> None:
    package = real("transformers")
    integration = import_module("objtui.integrations.transformers")
    record = integration.Record("detr", runs=tmp_path, **EVERY_STEP)
    models, logs = [], []
    for callbacks in ([], [record]):
        model = detr(package, sigmoid=sigmoid)
        arguments = package.TrainingArguments(
            output_dir=str(tmp_path), max_steps=6, per_device_train_batch_size=2,
            per_device_eval_batch_size=2, eval_strategy="steps", eval_steps=3, report_to=[],
            use_cpu=True, save_strategy="no", logging_steps=1, remove_unused_columns=False,
            disable_tqdm=True, label_names=["labels"], gradient_accumulation_steps=accumulation,
        )  # fmt: skip
        training = package.Trainer(
            model=model, args=arguments, train_dataset=Pictures(), eval_dataset=Pictures(),
            data_collator=collated, callbacks=callbacks,
        )  # fmt: skip
        training.train()
        models.append(model)
        logs.append([line["loss"] for line in training.state.log_history if "loss" in line])
    assert logs[0] == logs[1]
    assert all(map(torch.equal, models[0].parameters(), models[1].parameters()))
    assert models[0].loss_function is models[1].loss_function
    header, status, frames, losses = read(record.recorder)
    assert (header.steps, status.state, status.step, len(losses)) == (6, "finished", 6, 6)
    assert [frame.step for frame in frames] == [3, 6]
    assert frames[-1].counts.sum((0, 1, 3)).tolist() == [72, 8]
