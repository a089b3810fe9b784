"""The part of Ultralytics 8.4 that callbacks meet: events in order, with their argument."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn


class DetectionLoss:
    """A plain class with the loss module `bce`; targets are soft and mostly 0."""

    def __init__(self) -> None:
        self.bce = nn.BCEWithLogitsLoss(reduction="none")

    def __call__(self, logits: Tensor, targets: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        loss = self.bce(logits, targets).mean()
        return loss, {"box_loss": loss.detach() * 0, "cls_loss": loss.detach()}


class EndToEndLoss:
    """Two of them."""

    def __init__(self) -> None:
        self.one2many, self.one2one = DetectionLoss(), DetectionLoss()

    def __call__(self, logits: Tensor, targets: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        many, (one, items) = self.one2many(logits, targets), self.one2one(logits + 1, targets)
        return 0.8 * many[0] + 0.2 * one, items


class Network(nn.Module):
    """As `DetectionModel`: its loss is made at the first call."""

    def __init__(self, loss: Callable[[], Any]) -> None:
        super().__init__()
        self.net, self.make = nn.Sequential(nn.Linear(5, 6), nn.Dropout(0.1), nn.Linear(6, 1)), loss
        self.criterion: Any = None

    def init_criterion(self) -> Any:
        return self.make()

    def loss(self, batch: Tensor) -> Any:
        if self.criterion is None:
            self.criterion = self.init_criterion()
        targets = (batch[..., :1] > 1) * batch[..., :1].sigmoid()
        return self.criterion(self.net(batch), targets)


class YOLO:
    """Two epochs of six batches, a validation of averaged weights after each."""

    def __init__(self, loss: Callable[[], Any] = DetectionLoss) -> None:
        self.callbacks: dict[str, list[Callable[[Any], None]]] = defaultdict(list)
        torch.manual_seed(0)
        self.model = Network(loss)
        self.losses: list[float] = []

    def add_callback(self, event: str, function: Callable[[Any], None]) -> None:
        self.callbacks[event].append(function)

    def _run(self, event: str, who: Any) -> None:
        for callback in self.callbacks[event]:
            callback(who)

    def train(self, *, fails_at: int | None = None, runs_out_at: int | None = None) -> None:
        torch.manual_seed(1)
        batches = [torch.randn(2, 20, 5) for _ in range(6)]
        trainer = SimpleNamespace(
            model=self.model,
            ema=SimpleNamespace(ema=copy.deepcopy(self.model)),
            train_loader=batches,
            epochs=2,
            start_epoch=0,
            stop=False,
            metrics={},
        )
        try:
            self._run("on_train_start", trainer)
            for epoch in range(trainer.epochs):
                self._epoch(trainer, epoch, fails_at, runs_out_at)
                if trainer.stop:
                    break
            self._run("on_train_end", trainer)
        finally:
            self._run("teardown", trainer)

    def _epoch(self, trainer: Any, epoch: int, fails_at: int | None, out_at: int | None) -> None:
        optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)
        for index, batch in enumerate(trainer.train_loader):
            self._run("on_train_batch_start", trainer)
            if 6 * epoch + index == fails_at:
                raise RuntimeError("on purpose")
            if 6 * epoch + index == out_at:
                break  # without on_train_batch_end, as where memory runs out
            loss, trainer.loss_items = self.model.loss(batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            self.losses.append(trainer.loss_items["cls_loss"].item())
            self._run("on_train_batch_end", trainer)
            if trainer.stop:
                break
        self._run("on_train_epoch_end", trainer)
        trainer.ema.ema.load_state_dict(self.model.state_dict())
        trainer.ema.ema.criterion = None  # as `save_model` leaves it
        self._validate(trainer.ema.ema.eval(), trainer.train_loader)
        trainer.metrics = {"metrics/mAP50(B)": 0.5, "val/cls_loss": 1.0}
        self._run("on_fit_epoch_end", trainer)

    def _validate(self, model: Network, batches: list[Tensor]) -> None:
        validator = SimpleNamespace(training=True)
        with torch.inference_mode():
            self._run("on_val_start", validator)
            for batch in batches[:3]:
                self._run("on_val_batch_start", validator)
                model.loss(batch)
            self._run("on_val_end", validator)
