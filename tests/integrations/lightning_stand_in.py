"""The part of Lightning 2.6 that a callback meets: hooks in its order, with its arguments."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from torch import nn


class Callback:
    """Every hook that the integration has, and does nothing."""

    def on_train_start(self, trainer: Any, pl_module: Any) -> None: ...
    def on_train_batch_start(
        self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int
    ) -> None: ...
    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None: ...
    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None: ...
    def on_validation_epoch_start(self, trainer: Any, pl_module: Any) -> None: ...
    def on_validation_epoch_end(self, trainer: Any, pl_module: Any) -> None: ...
    def on_validation_batch_start(
        self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None: ...
    def on_validation_batch_end(
        self,
        trainer: Any,
        pl_module: Any,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None: ...
    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None: ...
    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None: ...


class LightningModule(nn.Module):
    """What users derive from."""


class Trainer:
    """Automatic optimisation on the CPU, validation at the end of each epoch."""

    def __init__(
        self,
        *,
        callbacks: list[Callback],
        max_epochs: int,
        accumulate_grad_batches: int = 1,
        **_: object,
    ) -> None:
        self.callbacks, self.max_epochs = callbacks, max_epochs
        self.accumulate_grad_batches = accumulate_grad_batches
        self.global_step, self.should_stop, self.sanity_checking = 0, False, False
        self.state = SimpleNamespace(fn="fit")
        self.estimated_stepping_batches: float = float("inf")

    def _call(self, hook: str, module: Any, *args: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, hook)(self, module, *args)

    def fit(self, module: Any, train: Any, val: Any) -> None:
        self.estimated_stepping_batches = (
            self.max_epochs * len(train) // self.accumulate_grad_batches
        )
        try:
            self.sanity_checking = True
            self._validate(module, val)
            self.sanity_checking = False
            self._call("on_train_start", module)
            optimizer = module.configure_optimizers()
            for _ in range(self.max_epochs):
                self._epoch(module, train, val, optimizer)
                if self.should_stop:
                    break
        except BaseException as error:
            self._call("on_exception", module, error)
            self._call("teardown", module, "fit")
            raise
        self._call("teardown", module, "fit")

    def _epoch(self, module: Any, train: Any, val: Any, optimizer: Any) -> None:
        module.train()
        for index, batch in enumerate(train):
            self._call("on_train_batch_start", module, batch, index)
            outputs = module.training_step(batch, index)
            outputs = outputs if isinstance(outputs, dict) else {"loss": outputs}
            loss = outputs["loss"] / self.accumulate_grad_batches
            loss.backward()
            if (index + 1) % self.accumulate_grad_batches == 0 or index + 1 == len(train):
                optimizer.step()
                optimizer.zero_grad()
                self.global_step += 1
            outputs = {**outputs, "loss": loss.detach().clone()}
            self._call("on_train_batch_end", module, outputs, batch, index)
            if self.should_stop:
                break
        self._validate(module, val)
        module.train()
        self._call("on_train_epoch_end", module)

    def _validate(self, module: Any, val: Any) -> None:
        module.eval()
        with torch.inference_mode():
            self._call("on_validation_epoch_start", module)
            for index, batch in enumerate(val):
                self._call("on_validation_batch_start", module, batch, index, 0)
                outputs = module.validation_step(batch, index)
                self._call("on_validation_batch_end", module, outputs, batch, index, 0)
            self._call("on_validation_epoch_end", module)


def modules() -> dict[str, ModuleType]:
    """What `import lightning.pytorch` finds."""
    package, inner = ModuleType("lightning"), ModuleType("lightning.pytorch")
    package.pytorch = inner  # type: ignore[attr-defined]
    for each in (Callback, LightningModule, Trainer):
        setattr(inner, each.__name__, each)
    return {"lightning": package, "lightning.pytorch": inner}
