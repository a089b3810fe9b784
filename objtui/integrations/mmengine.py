"""`custom_hooks = [dict(type=Record, name="my-yolox", loss="bbox_head.loss_obj")]`: MMEngine."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any

import torch
from mmengine.hooks import Hook

from objtui.errors import UsageError
from objtui.integrations.blocks import Blocks
from objtui.integrations.random_numbers import random_numbers_kept
from objtui.recorder.converters import Convert
from objtui.recorder.merging import is_distributed, on_any_rank
from objtui.recorder.recorder import Recorder


class Record(Hook):
    """Records a training: the loss of every iteration, its batches, metrics, `objtui stop`.

    A stop comes at the end of an epoch where the loop goes by epochs.

    Args:
        name: the start of the run's name.
        loss: where the model has its loss module, such as "bbox_head.loss_obj".
        convert: reads a call of it; `converters.labels(background)` for mmdetection's heads whose
            targets are labels (all but YOLOX and YOLOv3).
        call: see `Recorder.attach`.
        losses_in_val: whether each batch of a validation goes through the model once more, for
            its loss. Its boxes must be those of the picture that the model gets: mmdetection's
            val pipelines load annotations after they resize, so put `LoadAnnotations` before
            `Resize` first.
        options: others of `Recorder`, such as positive="assigned" for soft targets.

    Raises UsageError as `Recorder` does; at the start of a training where there is no such loss.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        loss: str,
        convert: Convert | None = None,
        call: int | None = None,
        losses_in_val: bool = False,
        **options: Any,
    ) -> None:
        self._name, self._options = name, options
        self._loss, self._convert, self._call = loss, convert, call
        self._losses_in_val = losses_in_val
        self._blocks = Blocks(Recorder(name, **options))
        self._is_training = False

    @property
    def recorder(self) -> Recorder:
        """That of the training that goes on, or was last."""
        return self._blocks.recorder

    def before_train(self, runner: Any) -> None:
        self._end("failed", "the training did not come to its end")
        model = _model(runner)
        try:
            loss = attrgetter(self._loss)(model)
        except AttributeError as error:
            raise UsageError(f"{type(model).__name__} has no {self._loss}: say loss=") from error
        recorder = Recorder(self._name, **{"steps": runner.max_iters, **self._options})
        recorder.attach(loss, convert=self._convert, call=self._call)
        self._blocks, self._is_training = Blocks(recorder), True

    def before_train_iter(self, runner: Any, batch_idx: int, data_batch: Any = None) -> None:
        self._blocks.begin_step(runner.iter + 1)

    def after_train_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        self._blocks.end_step()
        losses = outputs if isinstance(outputs, Mapping) else {}
        loss = losses.get(self._loss.rpartition(".")[2], losses.get("loss"))
        self.recorder.train(runner.iter + 1, loss=loss)
        if self.recorder.stop_asked and not is_distributed():
            runner.train_loop.stop_training = True

    def after_train_epoch(self, runner: Any) -> None:
        self._stop_all(runner)

    def before_val_epoch(self, runner: Any) -> None:
        if self._is_training and self._losses_in_val:
            self._blocks.begin_evaluation(runner.iter)

    def after_val_iter(
        self, runner: Any, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        if self._blocks.evaluation is None:
            return
        model = _model(runner)
        with self.recorder.step(runner.iter), torch.no_grad(), random_numbers_kept(model):
            data = model.data_preprocessor(data_batch, False)
            if isinstance(data, Mapping):
                model(**data, mode="loss")
            else:
                model(*data, mode="loss")

    def after_val_epoch(self, runner: Any, metrics: Mapping[str, float] | None = None) -> None:
        if not self._is_training:
            return
        self._blocks.end_evaluation()
        numbers = {k: v for k, v in (metrics or {}).items() if isinstance(v, (int, float))}
        self.recorder.log(runner.iter, **numbers)
        self._stop_all(runner)

    def after_train(self, runner: Any) -> None:
        self._end("finished", "")

    def _end(self, state: Any, message: str) -> None:
        self._blocks.discard_evaluation()
        if self._is_training:
            self._is_training = False
            self.recorder.finish(state, message)

    def _stop_all(self, runner: Any) -> None:
        """All ranks stop at one place, or the others would wait for it for ever."""
        if on_any_rank(self.recorder.stop_asked):
            runner.train_loop.stop_training = True


def _model(runner: Any) -> Any:
    """The model itself, out of what wraps it for several processes."""
    return getattr(runner.model, "module", runner.model)
