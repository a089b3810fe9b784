"""`record(model, "my-yolo")` before `model.train(...)`: a training by Ultralytics as a run.

There is no objectness in these detectors: the largest class logit of an anchor is taken for it,
with one class the only one. Targets are soft, and a row is positive where one was assigned
(target > 0). End-to-end models have two heads, o2m and o2o. RT-DETR is not recorded.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from objtui.errors import UsageError
from objtui.integrations.blocks import Blocks
from objtui.recorder.converters import any_class
from objtui.recorder.merging import is_distributed
from objtui.recorder.recorder import Recorder


def record(model: Any, name: str | None = None, **options: Any) -> Record:
    """Record the trainings of a `YOLO` from here on.

    Args:
        name: the start of the runs' names.
        options: others of `Recorder`; heads, steps and `positive` are found out.

    Raises UsageError as `Recorder` does.
    """
    recorded = Record(name, **options)
    for event in EVENTS:
        model.add_callback(event, getattr(recorded, event))
    return recorded


EVENTS = (
    "on_train_start",
    "on_train_batch_start",
    "on_train_batch_end",
    "on_train_epoch_end",
    "on_val_start",
    "on_val_batch_start",
    "on_val_end",
    "on_fit_epoch_end",
    "on_train_end",
    "teardown",
)


class Record:
    """The callbacks, of the names that Ultralytics has for them.

    With several GPUs it sends them to processes of their own: so nothing is open before
    `on_train_start`, and a copy has the settings alone.
    """

    def __init__(self, name: str | None = None, **options: Any) -> None:
        self._name, self._options = name, options
        self._blocks = Blocks(Recorder(name, **options))
        self._step, self._is_whole = 0, False
        self._ema: Any = None
        self._val_taps = ExitStack()

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self._name, self._options)

    @property
    def recorder(self) -> Recorder:
        """That of the training that goes on, or was last."""
        return self._blocks.recorder

    def on_train_start(self, trainer: Any) -> None:
        """Begin; UsageError for a model whose loss has no logits to take."""
        losses = _losses(trainer.model)
        batches = len(trainer.train_loader)
        self._step, self._is_whole = trainer.start_epoch * batches, False
        self._ema = None
        recorder = Recorder(
            self._name,
            **{
                "heads": list(losses),
                "steps": trainer.epochs * batches,
                "positive": "assigned",
                **self._options,
            },
        )
        for head, loss in losses.items():
            recorder.attach(loss, head, convert=any_class)
        self._blocks = Blocks(recorder)

    def on_train_batch_start(self, trainer: Any) -> None:
        self._step += 1
        self._blocks.begin_step(self._step)

    def on_train_batch_end(self, trainer: Any) -> None:
        self._blocks.end_step()
        losses = trainer.loss_items
        if isinstance(losses, Mapping) and "cls_loss" in losses:
            # Where there are two heads the last is the one that these are of.
            head = self.recorder.heads[-1]
            self.recorder.train(self._step, loss=losses["cls_loss"], head=head)
        if self.recorder.stop_asked and not is_distributed():
            trainer.stop = True

    def on_train_epoch_end(self, trainer: Any) -> None:
        self._ema = getattr(trainer.ema, "ema", None)

    def on_val_start(self, validator: Any) -> None:
        """An evaluation, of the averaged weights, which have a loss of their own."""
        if not validator.training or self._ema is None:
            return
        for head, loss in _losses(self._ema).items():
            self._val_taps.enter_context(self.recorder.attach(loss, head, convert=any_class))
        self._blocks.begin_evaluation(self._step)

    def on_val_batch_start(self, validator: Any) -> None:
        if self._blocks.evaluation is not None:
            self._blocks.begin_step(self._step)

    def on_val_end(self, validator: Any) -> None:
        self._blocks.end_evaluation()
        self._val_taps.close()

    def on_fit_epoch_end(self, trainer: Any) -> None:
        """Keep the scores of the boxes; all processes are told here of a stop."""
        if self.recorder.path is not None:
            self.recorder.log(self._step, **{_short(k): v for k, v in trainer.metrics.items()})
        if self.recorder.stop_asked:
            trainer.stop = True

    def on_train_end(self, trainer: Any) -> None:
        self._is_whole = True

    def teardown(self, trainer: Any) -> None:
        """It comes whether or not the training failed."""
        self._val_taps.close()
        self._ema = None
        self._blocks.end(None if self._is_whole else sys.exc_info()[1])


def _again(name: str | None, options: dict[str, Any]) -> Record:
    return Record(name, **options)


def _short(name: str) -> str:
    return name.removeprefix("metrics/")


def _losses(model: Any) -> dict[str, Any]:
    """The loss modules of a model by head; they are made at its first loss, or here before."""
    model = getattr(model, "module", model)  # of DistributedDataParallel
    model = getattr(model, "_orig_mod", model)  # of torch.compile
    if getattr(model, "criterion", None) is None:
        model.criterion = model.init_criterion()
    criterion = model.criterion
    parts = {"obj": criterion}
    if hasattr(criterion, "one2one"):
        parts = {"o2m": criterion.one2many, "o2o": criterion.one2one}
    try:
        losses = {head: part.bce for head, part in parts.items()}
    except AttributeError as error:
        raise UsageError(
            f"{type(model).__name__} has no loss whose logits can be recorded: {error}"
        ) from error
    return losses
