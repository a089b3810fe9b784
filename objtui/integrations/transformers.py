"""`Trainer(callbacks=[Record("my-detr")])`: a training by Hugging Face's Trainer as a run.

Detectors build their loss anew at each call, but call it through `model.loss_function`. While a
training goes on that is wrapped, and the classification loss within it watched: its first call,
that of the last decoder layer. Inside a graph of torch.compile nothing is seen.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from transformers import TrainerCallback

from objtui.integrations.blocks import Blocks
from objtui.recorder.converters import Convert, any_class, softmax
from objtui.recorder.merging import is_distributed, on_any_rank
from objtui.recorder.recorder import Recorder

SOFTMAX_LOSSES = ("ForObjectDetection", "ForSegmentation")
"""Losses by cross entropy, with the background as the last class; others are by sigmoid."""

CLASS_LOSSES = ("loss_ce", "loss_vfl", "loss_focal", "loss_bce")
"""What models call the loss of their logits."""


class Record(TrainerCallback):
    """Records a training: the classification loss of every step, evaluations, `objtui stop`.

    A logit is the log odds of any class against the background, or the largest of several
    sigmoid classes, whose targets may be soft: a row is positive from any target above 0.

    Args:
        name: the start of the run's name.
        function, convert: see `Recorder.watch_calls`; by default found out from the model.
        options: others of `Recorder`.

    Raises UsageError as `Recorder` does.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        function: str | None = None,
        convert: Convert | None = None,
        **options: Any,
    ) -> None:
        self._name, self._options = name, options
        self._function, self._convert = function, convert
        self._blocks = Blocks(Recorder(name, **options))
        self._wrapped: _WatchedLoss | None = None
        self._step = 0

    @property
    def recorder(self) -> Recorder:
        """That of the training that goes on, or was last."""
        return self._blocks.recorder

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._end("failed", "the training did not come to its end")
        model = kwargs["model"]
        is_softmax = getattr(model, "loss_type", None) in SOFTMAX_LOSSES
        function = self._function or (
            "cross_entropy" if is_softmax else "binary_cross_entropy_with_logits"
        )
        convert = self._convert
        if self._function is None and convert is None:
            convert = softmax(background=-1) if is_softmax else any_class
        found = {"steps": state.max_steps, "positive": "half" if is_softmax else "assigned"}
        recorder = Recorder(self._name, **{**found, **self._options})
        recorder.watch_calls(function, convert=convert, call=0)
        self._blocks, self._step = Blocks(recorder), state.global_step
        self._wrapped = _WatchedLoss(model, self)
        model.loss_function = self._wrapped

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._blocks.discard_evaluation()
        self._step = state.global_step + 1

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self.recorder.stop_asked and not is_distributed():
            control.should_training_stop = True

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._blocks.end_evaluation()

    def on_predict(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._blocks.discard_evaluation()

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """All ranks stop at one place, or the others would wait for it for ever."""
        if on_any_rank(self.recorder.stop_asked):
            control.should_training_stop = True

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._end("finished", "")

    def _end(self, state: Any, message: str) -> None:
        self._blocks.discard_evaluation()
        if self._wrapped is not None:
            self._wrapped.model.loss_function = self._wrapped.original
            self._wrapped = None
            self.recorder.finish(state, message)

    def watched(self, original: Any, args: Any, kwargs: Any, *, training: bool) -> Any:
        """A call of the loss function: of a step, or a batch of an evaluation."""
        if not training and self._blocks.evaluation is None:
            self._blocks.begin_evaluation(self._step)  # nothing else says that one begins
        with self.recorder.step(self._step):
            result = original(*args, **kwargs)
        if training:
            self.recorder.train(self._step, loss=_class_loss(result))
        return result

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self._name, self._function, self._convert, self._options)


def _again(name: str | None, function: str | None, convert: Any, options: Any) -> Record:
    return Record(name, function=function, convert=convert, **options)


class _WatchedLoss:
    """The model's loss function; a copy of the model has the one that was before."""

    def __init__(self, model: Any, record: Record) -> None:
        self.model, self.original, self._record = model, model.loss_function, record

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if torch.compiler.is_compiling():
            return self.original(*args, **kwargs)
        return self._record.watched(self.original, args, kwargs, training=self.model.training)

    def __reduce__(self) -> tuple[Any, ...]:
        return copy.copy, (self.original,)


def _class_loss(result: Any) -> Any:
    """The loss of the logits, of what a loss function returns: the whole, or (whole, parts, …)."""
    if not isinstance(result, tuple):
        return result
    parts = result[1] if len(result) > 1 and isinstance(result[1], Mapping) else {}
    return next((parts[name] for name in CLASS_LOSSES if name in parts), result[0])
