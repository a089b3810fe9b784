"""`Trainer(callbacks=[Record("my-yolo")])`: a training by Lightning as a run."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from objtui.errors import UsageError
from objtui.integrations.blocks import Blocks
from objtui.recorder.converters import Convert
from objtui.recorder.merging import is_distributed, on_any_rank
from objtui.recorder.recorder import Recorder

if TYPE_CHECKING or "pytorch_lightning" not in sys.modules:
    from lightning.pytorch import Callback
else:  # one package under two names: a trainer calls callbacks of its own
    from pytorch_lightning import Callback


class Record(Callback):
    """Records a training: the loss of every step, validations, `objtui stop`.

    Logits and targets come from the loss module `criterion` of the LightningModule; or from calls
    of a torch `function`; or, where both are None, from what `training_step` and `validation_step`
    return under the names "logits" and "targets".

    Args:
        name: the start of the run's name.
        criterion: where the loss module is, such as "criterion" or "head.loss".
        function: see `Recorder.watch_calls`.
        convert, call: see `Recorder.attach`.
        options: others of `Recorder`.

    Raises UsageError as `Recorder` does; at the start of a training where there is no `criterion`.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        criterion: str | None = "criterion",
        function: str | None = None,
        convert: Convert | None = None,
        call: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        self._name, self._options = name, options
        self._criterion = None if function else criterion
        self._function, self._convert, self._call = function, convert, call
        self._blocks = Blocks(Recorder(name, **options))

    @property
    def recorder(self) -> Recorder:
        """That of the training that goes on, or was last."""
        return self._blocks.recorder

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        planned = trainer.estimated_stepping_batches
        steps = int(planned) if 0 < planned < math.inf else None
        recorder = Recorder(self._name, **{"steps": steps, **self._options})
        if self._criterion is not None:
            try:
                criterion = attrgetter(self._criterion)(pl_module)
            except AttributeError as error:
                raise UsageError(
                    f"{type(pl_module).__name__} has no {self._criterion}: say where its loss is, "
                    "criterion=, or function=, or criterion=None and return logits and targets"
                ) from error
            recorder.attach(criterion, convert=self._convert, call=self._call)
        elif self._function is not None:
            recorder.watch_calls(self._function, convert=self._convert, call=self._call)
        self._blocks = Blocks(recorder)

    def on_train_batch_start(
        self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int
    ) -> None:
        self._blocks.begin_step(trainer.global_step + 1)
        self._step = trainer.global_step + 1

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self._blocks.end_step()
        given = outputs if isinstance(outputs, Mapping) else {"loss": outputs}
        loss = given.get("loss")
        if loss is not None and trainer.accumulate_grad_batches > 1:
            loss = loss.detach() * trainer.accumulate_grad_batches  # it was divided by that
        logits, targets = given.get("logits"), given.get("targets")
        if self._criterion or self._function:
            logits = targets = None
        self.recorder.train(self._step, loss=loss, logits=logits, targets=targets)
        if not is_distributed():
            trainer.should_stop |= self.recorder.stop_asked

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        self._stop_all(trainer)

    def on_validation_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        if self._is_of_training(trainer):
            self._blocks.begin_evaluation(trainer.global_step)

    def on_validation_batch_start(
        self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        if self._blocks.evaluation is not None:
            self._blocks.begin_step(trainer.global_step)

    def on_validation_batch_end(
        self,
        trainer: Any,
        pl_module: Any,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        evaluation = self._blocks.evaluation
        if evaluation is None:
            return
        self._blocks.end_step()
        is_tapped = self._criterion or self._function
        if not is_tapped and isinstance(outputs, Mapping) and "logits" in outputs:
            evaluation.update(outputs["logits"], outputs["targets"])

    def on_validation_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        if self._blocks.evaluation is not None:
            self._blocks.end_evaluation()
            self._stop_all(trainer)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        self._blocks.end(exception)

    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        if stage == "fit":
            self._blocks.end()

    def _is_of_training(self, trainer: Any) -> bool:
        """Neither the sanity check before it, nor a validation by itself."""
        return bool(trainer.state.fn == "fit" and not trainer.sanity_checking)

    def _stop_all(self, trainer: Any) -> None:
        """Every rank stops at one place, or the others would wait for it for ever."""
        trainer.should_stop |= on_any_rank(self.recorder.stop_asked)
