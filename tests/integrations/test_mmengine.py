"""A training by MMEngine, recorded by its hook."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

import objtui
from objtui.errors import UsageError
from objtui.recorder import converters
from objtui.recorder.lifetime import Lifetime
from objtui.runfile.reader import RunReader
from tests.integrations import mmengine_stand_in as stand_in
from tests.integrations.conftest import real, standing_in

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")


class FocalLoss(nn.Module):
    """Of mmdetection's signature: logits (rows, classes), labels, weights, a factor."""

    def forward(
        self, pred: Tensor, target: Tensor, weight: Tensor | None = None, avg_factor: int = 1
    ) -> Tensor:
        of_class = nn.functional.one_hot(target, pred.shape[1] + 1)[:, :-1].to(pred.dtype)
        bce = nn.functional.binary_cross_entropy_with_logits
        return (bce(pred, of_class, reduction="none").sum(1) * weight).sum() / avg_factor


class Head(nn.Module):
    """A detection head: two classes and the background, label 2; the last rows have no weight."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.dropout, self.loss_cls = nn.Linear(5, 2), nn.Dropout(0.2), FocalLoss()
        self.seen: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        z: Tensor = self.layer(self.dropout(x))
        return z

    def loss(self, x: Tensor, labels: Tensor) -> dict[str, Tensor]:
        z, weight = self(x), torch.ones(len(x))
        weight[-2:] = 0
        torch.rand(1)  # as a sampler would draw
        self.seen.append(z.detach())
        return {"loss_cls": self.loss_cls(z, labels, weight, avg_factor=len(x))}


class Rows(Dataset[Any]):
    """24 rows of five features with a label each."""

    def __init__(self) -> None:
        self.x = torch.randn(24, 5, generator=torch.Generator().manual_seed(0))
        self.labels = torch.randint(0, 3, (24,), generator=torch.Generator().manual_seed(1))

    def __len__(self) -> int:
        return 24

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.x[index], self.labels[index]


class MMEngine:
    """The framework, the integration, and a detector that is trained with them."""

    def __init__(self, framework: Any, integration: Any, folder: Path) -> None:
        self.framework, self.integration, self.folder = framework, integration, folder

    def record(self, **options: Any) -> Any:
        asked = {
            "loss": "bbox_head.loss_cls",
            "convert": converters.labels(background=2),
            "losses_in_val": True,
            "live_s": 0.0,
            "share": 1.0,
            "runs": self.folder,
            "strict": True,
        }
        return self.integration.Record("mm", **{**asked, **options})

    def model(self) -> Any:
        base = stand_in.BaseModel
        if self.framework is not stand_in:
            base = real("mmengine.model").BaseModel

        class Detector(base):  # type: ignore[misc, valid-type]
            def __init__(self) -> None:
                super().__init__()
                self.bbox_head = Head()

            def forward(self, x: Tensor, labels: Tensor, mode: str) -> Any:
                if mode == "loss":
                    return self.bbox_head.loss(x, labels)
                return [{"z": z} for z in self.bbox_head(x)]

        torch.manual_seed(0)
        return Detector()

    def train(self, hooks: list[Any]) -> Any:
        """The model after two epochs of four batches."""
        model, rows = self.model(), Rows()
        if self.framework is stand_in:
            batches = [(rows.x[i : i + 6], rows.labels[i : i + 6]) for i in range(0, 24, 6)]
            torch.manual_seed(3)
            self.runner: Any = stand_in.Runner(model, batches, batches, hooks)
            self.runner.train()
            return model

        class RowCount(real("mmengine.evaluator").BaseMetric):  # type: ignore[misc]
            def process(self, data_batch: Any, data_samples: Any) -> None:
                self.results.append(len(data_samples))

            def compute_metrics(self, results: list[int]) -> dict[str, float]:
                return {"rows": float(sum(results))}

        loader = {
            "dataset": rows,
            "batch_size": 6,
            "num_workers": 0,
            "collate_fn": {"type": "default_collate"},
            "sampler": {"type": "DefaultSampler", "shuffle": False},
        }
        self.runner = real("mmengine.runner").Runner(
            model=model,
            work_dir=str(self.folder),
            train_dataloader=loader,
            optim_wrapper={"optimizer": {"type": "SGD", "lr": 0.1}},
            train_cfg={"by_epoch": True, "max_epochs": 2, "val_interval": 1},
            val_dataloader=dict(loader),
            val_cfg={},
            val_evaluator=[RowCount(prefix="toy")],
            custom_hooks=hooks,
            default_hooks={"checkpoint": None},
            randomness={"seed": 3},
            log_level="ERROR",
            experiment_name=f"mm{id(model)}",
        )
        self.runner.train()
        return model


@pytest.fixture(params=["real", "stand-in"])
def mmengine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MMEngine]:
    if request.param == "real":
        framework = real("mmengine")
        yield MMEngine(framework, import_module("objtui.integrations.mmengine"), tmp_path)
    else:
        with standing_in(stand_in.modules(), "mmengine") as integration:
            yield MMEngine(stand_in, integration, tmp_path)


def read(recorder: objtui.Recorder) -> tuple[Any, Any, list[Any]]:
    """Header, status and frames of a run."""
    assert recorder.path is not None
    with RunReader(recorder.path) as reader:
        frames = [stored.frame for stored in reader.frames_after()]
        return reader.header(), reader.status(), frames


def test_a_training_is_a_run_and_has_the_same_bits(mmengine: MMEngine) -> None:
    bare, record = mmengine.train([]), mmengine.record()
    model = mmengine.train([record])
    assert all(map(torch.equal, model.parameters(), bare.parameters()))
    assert not model.bbox_head.loss_cls._forward_hooks
    header, status, frames = read(record.recorder)
    assert (header.steps, status.state, status.step) == (8, "finished", 8)
    assert [frame.step for frame in frames] == [4, 8]
    rows = Rows()
    ignored = torch.arange(24) % 6 >= 4
    explicit = objtui.Recorder("explicit", runs=mmengine.folder)
    z = torch.cat(model.bbox_head.seen[-4:]).amax(1)
    scores = explicit.evaluate(1, z, rows.labels < 2, ignore=ignored)
    explicit.finish()
    assert frames[-1].counts.sum() == 16
    assert frames[-1].score("nll")[0, 0] == pytest.approx(scores["nll"], rel=1e-9)
    assert record.recorder.path is not None
    with RunReader(record.recorder.path) as reader:
        numbers = {(number.step, number.name) for number in reader.numbers_after()}
        assert len(list(reader.loss_traces_after())) == 8
    assert {(4, "toy/rows"), (8, "toy/rows")} <= numbers


def test_without_losses_in_val_the_frames_are_of_training_batches(mmengine: MMEngine) -> None:
    record = mmengine.record(losses_in_val=False)
    mmengine.train([record])
    _, _, frames = read(record.recorder)
    assert frames
    assert all(frame.of_training for frame in frames)
    assert {int(frame.counts.sum()) for frame in frames} == {4}


def test_stop_ends_the_training_with_its_epoch(
    mmengine: MMEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lifetime, "stop_asked", property(lambda _: True))
    record = mmengine.record()
    mmengine.train([record])
    _, status, frames = read(record.recorder)
    assert (status.state, status.step, len(frames)) == ("stopped", 4, 1)


def test_a_model_without_the_loss_is_refused_at_the_start(mmengine: MMEngine) -> None:
    with pytest.raises(UsageError, match=r"Detector has no bbox_head\.loss_obj: say loss="):
        mmengine.train([mmengine.record(loss="bbox_head.loss_obj")])
