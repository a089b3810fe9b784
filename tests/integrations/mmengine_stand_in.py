"""The part of MMEngine 0.10 that a hook meets: hooks in their order, with their arguments."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from torch import nn


class Hook:
    """Every hook that the integration has, and does nothing."""

    def before_train(self, runner: Any) -> None: ...
    def before_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None) -> None: ...
    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None: ...
    def after_train_epoch(self, runner: Any) -> None: ...
    def before_val_epoch(self, runner: Any) -> None: ...
    def after_val_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None: ...
    def after_val_epoch(self, runner: Any, metrics: Any = None) -> None: ...
    def after_train(self, runner: Any) -> None: ...


class BaseModel(nn.Module):
    """`forward(..., mode)` gives losses or predictions."""

    def data_preprocessor(self, data: Any, training: bool) -> Any:
        return data

    def train_step(self, data: Any, optim_wrapper: Any) -> dict[str, torch.Tensor]:
        losses: dict[str, torch.Tensor] = self(*self.data_preprocessor(data, True), mode="loss")
        loss = torch.stack([*losses.values()]).sum()
        optim_wrapper.zero_grad()
        loss.backward()
        optim_wrapper.step()
        return {"loss": loss.detach(), **{k: v.detach() for k, v in losses.items()}}


class Runner:
    """Two epochs over the same batches, a validation after each."""

    def __init__(self, model: Any, batches: list[Any], val: list[Any], hooks: list[Any]) -> None:
        self.model, self.batches, self.val_batches, self.hooks = model, batches, val, hooks
        self.iter, self.max_iters = 0, 2 * len(batches)
        self.train_loop = SimpleNamespace(stop_training=False)

    def call_hook(self, name: str, **kwargs: Any) -> None:
        for hook in self.hooks:
            getattr(hook, name)(self, **kwargs)

    def train(self) -> None:
        self.call_hook("before_train")
        optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1)
        for _ in range(2):
            if self.train_loop.stop_training:
                break
            self.model.train()
            for index, batch in enumerate(self.batches):
                self.call_hook("before_train_iter", batch_idx=index, data_batch=batch)
                outputs = self.model.train_step(batch, optim_wrapper=optimizer)
                self.call_hook(
                    "after_train_iter", batch_idx=index, data_batch=batch, outputs=outputs
                )
                self.iter += 1
            self.call_hook("after_train_epoch")
            self.val()
        self.call_hook("after_train")

    @torch.no_grad()
    def val(self) -> None:
        self.call_hook("before_val_epoch")
        self.model.eval()
        for index, batch in enumerate(self.val_batches):
            outputs = self.model(*self.model.data_preprocessor(batch, False), mode="predict")
            self.call_hook("after_val_iter", batch_idx=index, data_batch=batch, outputs=outputs)
        self.call_hook("after_val_epoch", metrics={"toy/rows": 3.0})


def modules() -> dict[str, ModuleType]:
    """What `from mmengine.hooks import Hook` finds."""
    package, hooks = ModuleType("mmengine"), ModuleType("mmengine.hooks")
    hooks.Hook = Hook  # type: ignore[attr-defined]
    return {"mmengine": package, "mmengine.hooks": hooks}
