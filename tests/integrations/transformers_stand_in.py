"""The part of transformers 5 that a callback meets: events in order, and `model.loss_function`."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional


class TrainerCallback:
    """Every event that the integration has, and does nothing."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None: ...
    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None: ...
    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None: ...
    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None: ...
    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None: ...
    def on_predict(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None: ...
    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None: ...


def detection_loss(logits: Tensor, labels: Tensor, auxiliary: Tensor) -> Any:
    """As DETR's: queries × (classes and no object) against matched labels, layer by layer."""
    loss = functional.cross_entropy(logits.transpose(1, 2), labels)
    other = functional.cross_entropy(auxiliary.transpose(1, 2), labels)
    return loss + other, {"loss_ce": loss, "loss_ce_0": other}, None


class Detector(nn.Module):
    """Ten queries of one class, two layers."""

    loss_type = "ForObjectDetection"

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(5, 8), nn.Dropout(0.1), nn.Linear(8, 2))
        self._loss_function: Any = detection_loss

    @property
    def loss_function(self) -> Any:
        return self._loss_function

    @loss_function.setter
    def loss_function(self, value: Any) -> None:
        self._loss_function = value

    def forward(self, x: Tensor, labels: Tensor) -> Any:
        logits, auxiliary = self.net(x), self.net(x * 0.5)
        return self.loss_function(logits, labels, auxiliary=auxiliary)


class Trainer:
    """Six steps of `accumulation` batches, an evaluation after every third."""

    def __init__(self, model: Detector, callbacks: list[Any], accumulation: int = 1) -> None:
        self.model, self.callbacks, self.accumulation = model, callbacks, accumulation
        self.state = SimpleNamespace(global_step=0, max_steps=6)
        self.control = SimpleNamespace(should_training_stop=False)
        self.losses: list[float] = []

    def _call(self, event: str) -> None:
        for callback in self.callbacks:
            getattr(callback, event)(None, self.state, self.control, model=self.model)

    def train(self, batches: list[tuple[Tensor, Tensor]], fails_at: int | None = None) -> None:
        optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)
        self._call("on_train_begin")
        while self.state.global_step < 6 and not self.control.should_training_stop:
            self._call("on_step_begin")
            if self.state.global_step == fails_at:
                raise ArithmeticError("on purpose")
            self.model.train()
            for x, labels in batches[: self.accumulation]:
                loss, parts, _ = self.model(x, labels)
                (loss / self.accumulation).backward()
                self.losses.append(parts["loss_ce"].item())
            optimizer.step()
            optimizer.zero_grad()
            self.state.global_step += 1
            self._call("on_step_end")
            if self.state.global_step % 3 == 0:
                self.evaluate(batches)
        self._call("on_epoch_end")
        self._call("on_train_end")

    def evaluate(self, batches: list[tuple[Tensor, Tensor]], event: str = "on_evaluate") -> None:
        self.model.eval()
        with torch.no_grad():
            for x, labels in batches:
                self.model(x, labels)
        self._call(event)


def modules() -> dict[str, ModuleType]:
    """What `import transformers` finds."""
    module = ModuleType("transformers")
    module.TrainerCallback = TrainerCallback  # type: ignore[attr-defined]
    return {"transformers": module}
