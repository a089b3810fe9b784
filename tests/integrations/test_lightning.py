"""A training by Lightning, recorded by its callback."""

from __future__ import annotations

import copy
import io
import pickle
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

import objtui
from objtui.errors import UsageError
from objtui.runfile.reader import RunReader
from tests.integrations import lightning_stand_in
from tests.integrations.conftest import real, standing_in

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


class Lightning:
    """The framework, the integration, and a detector that is trained with them."""

    def __init__(self, framework: Any, integration: Any, folder: Path) -> None:
        self.framework, self.integration, self.folder = framework, integration, folder

    def record(self, **options: Any) -> Any:
        live = {"live_s": 0.0, "share": 1.0, "runs": self.folder, "strict": True}
        return self.integration.Record("lit", **{**live, **options})

    def fit(self, record: Any | None, *, fails_at: int | None = None, **changes: Any) -> Any:
        """The module after two epochs of 12 batches, and its losses."""
        torch.manual_seed(0)
        x, t = torch.randn(96, 5), (torch.rand(96) < 0.3).float()
        train = DataLoader(TensorDataset(x, t), batch_size=8, shuffle=True)
        val = DataLoader(TensorDataset(x, t), batch_size=32)
        module = detector(self.framework, fails_at, changes.pop("kind", "module"))
        trainer = self.framework.Trainer(
            callbacks=[] if record is None else [record],
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=self.folder,
            **{"max_epochs": 2, "devices": 1, **changes},
        )
        trainer.fit(module, train, val)
        return module


def detector(framework: Any, fails_at: int | None, kind: str) -> Any:
    class Detector(framework.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Sequential(nn.Linear(5, 8), nn.Dropout(0.2), nn.Linear(8, 1))
            self.criterion = nn.BCEWithLogitsLoss()
            self.losses: list[float] = []
            self.val_rows: list[Tensor] = []

        def loss(self, batch: list[Tensor]) -> dict[str, Tensor]:
            z, t = self.net(batch[0])[:, 0], batch[1]
            if not self.training:
                self.val_rows.append(torch.stack([z.detach(), t]))
            if kind == "module":
                return {"loss": self.criterion(z, t)}
            loss = functional.binary_cross_entropy_with_logits(z, t)
            return {"loss": loss, "logits": z, "targets": t}

        def training_step(self, batch: list[Tensor], batch_idx: int) -> dict[str, Tensor]:
            if batch_idx == fails_at:
                raise ArithmeticError("on purpose")
            result = self.loss(batch)
            self.losses.append(result["loss"].item())
            torch.save(self.net, io.BytesIO())
            copy.deepcopy(self.criterion)
            return result

        def validation_step(self, batch: list[Tensor], batch_idx: int) -> dict[str, Tensor]:
            return self.loss(batch)

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.3)

    return Detector()


@pytest.fixture(params=["real", "stand-in"])
def lightning(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lightning]:
    if request.param == "real":
        framework = real("lightning.pytorch")
        integration = import_module("objtui.integrations.lightning")
        yield Lightning(framework, integration, tmp_path)
    else:
        with standing_in(lightning_stand_in.modules(), "lightning") as integration:
            yield Lightning(lightning_stand_in, integration, tmp_path)


@pytest.mark.parametrize("kind", ["module", "function", "outputs"])
def test_a_training_is_a_run_and_has_the_same_bits(lightning: Lightning, kind: str) -> None:
    asked = {
        "module": {},
        "function": {"function": "binary_cross_entropy_with_logits"},
        "outputs": {"criterion": None},
    }[kind]
    bare = lightning.fit(None, kind=kind)
    record = lightning.record(**asked)
    module = lightning.fit(record, kind=kind)
    assert module.losses == bare.losses
    assert all(map(torch.equal, module.parameters(), bare.parameters()))
    assert not module.criterion._forward_hooks
    with RunReader(record.recorder.path) as reader:
        header, status = reader.header(), reader.status()
        frames = [stored.frame for stored in reader.frames_after()]
        means = [float(stored.trace.mean[0, 0]) for stored in reader.loss_traces_after()]
    assert (header.steps, status.state, status.step) == (24, "finished", 24)
    assert means == module.losses
    assert [frame.step for frame in frames] == [12, 24]
    explicit = objtui.Recorder("explicit", runs=lightning.folder)
    scores = explicit.evaluate(1, *torch.cat(module.val_rows[-3:], dim=1))
    explicit.finish()
    assert [int(frame.counts.sum()) for frame in frames] == [96, 96]
    assert frames[-1].score("nll")[0, 0] == pytest.approx(scores["nll"], rel=1e-9)


def test_accumulated_batches_are_one_step(lightning: Lightning) -> None:
    record = lightning.record()
    module = lightning.fit(record, accumulate_grad_batches=4)
    with RunReader(record.recorder.path) as reader:
        assert reader.header().steps == 6
        means = [float(stored.trace.mean[0, 0]) for stored in reader.loss_traces_after()]
    assert means == pytest.approx(np.reshape(module.losses, (6, 4)).mean(1), rel=1e-6)


def test_a_training_that_fails_is_a_failed_run(lightning: Lightning) -> None:
    record = lightning.record()
    with pytest.raises(ArithmeticError):
        lightning.fit(record, fails_at=3)
    with RunReader(record.recorder.path) as reader:
        status = reader.status()
    assert (status.state, status.step) == ("failed", 4)
    assert "ArithmeticError: on purpose" in status.message


def test_stop_ends_the_training(lightning: Lightning, monkeypatch: pytest.MonkeyPatch) -> None:
    record = lightning.record()
    steps = []
    train = objtui.Recorder.train

    def stopped(self: objtui.Recorder, step: int, **given: Any) -> bool:
        go_on = train(self, step, **given)
        steps.append(step)
        assert self._lifetime.recording is not None
        self._lifetime.recording.writing.stop_asked = step == 5
        return go_on

    monkeypatch.setattr(objtui.Recorder, "train", stopped)
    lightning.fit(record)
    assert steps == [1, 2, 3, 4, 5]
    with RunReader(record.recorder.path) as reader:
        assert reader.status().state == "stopped"


def test_a_module_without_the_loss_is_refused_at_the_start(lightning: Lightning) -> None:
    with pytest.raises(UsageError, match=r"Detector has no head\.loss: say where"):
        lightning.fit(lightning.record(criterion="head.loss"))
    with pytest.raises(UsageError, match="cannot name a run"):
        lightning.integration.Record("a/b")


def test_a_copy_of_the_callback_has_its_settings(lightning: Lightning) -> None:
    record = lightning.record()
    copies = [copy.deepcopy(record), pickle.loads(pickle.dumps(record))]
    for each in copies:
        lightning.fit(each)
        assert each.recorder.path.exists()


def test_two_processes_of_the_real_one_add_up(tmp_path: Path) -> None:
    lightning = Lightning(
        real("lightning.pytorch"), import_module("objtui.integrations.lightning"), tmp_path
    )
    record = lightning.record(merge="all_reduce")
    lightning.fit(record, strategy="ddp_fork", devices=2)
    (run,) = tmp_path.glob("*.objtui")
    with RunReader(run) as reader:
        assert (reader.header().steps, reader.status().state) == (12, "finished")
        frames = [stored.frame for stored in reader.frames_after()]
    assert [(frame.step, int(frame.counts.sum())) for frame in frames] == [(6, 96), (12, 96)]
