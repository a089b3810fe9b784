"""`step` and `evaluation` of a recorder for frameworks that tell beginnings and ends apart."""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from typing import Any

from objtui.recorder.evaluation import Evaluation
from objtui.recorder.recorder import Recorder


class _AbandonedError(Exception):
    """Ends a block of which nothing is to be recorded."""


class Blocks:
    """The step and the evaluation that go on; a copy of it has none."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.evaluation: Evaluation | None = None
        self._step: AbstractContextManager[None] | None = None
        self._evaluating: AbstractContextManager[Evaluation] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Blocks, (self.recorder,)

    def begin_step(self, step: int) -> None:
        """A step of the training, or a batch of an evaluation; ends the one before."""
        self.end_step()
        block = self.recorder.step(step)
        block.__enter__()
        self._step = block

    def end_step(self) -> None:
        """Also where none was begun."""
        block, self._step = self._step, None
        if block is not None:
            block.__exit__(None, None, None)

    def begin_evaluation(self, step: int) -> Evaluation:
        """Ends the step that goes on, and discards an evaluation that does."""
        self.end_step()
        self.discard_evaluation()
        block = self.recorder.evaluation(step)
        self.evaluation = block.__enter__()
        self._evaluating = block
        return self.evaluation

    def end_evaluation(self) -> None:
        """Record it; also where none was begun."""
        self.end_step()
        block, self._evaluating, self.evaluation = self._evaluating, None, None
        if block is not None:
            block.__exit__(None, None, None)

    def discard_evaluation(self) -> None:
        """Record nothing of the evaluation that goes on, if one does."""
        self.end_step()
        block, self._evaluating, self.evaluation = self._evaluating, None, None
        if block is not None:
            with suppress(_AbandonedError), block:
                raise _AbandonedError

    def end(self, error: BaseException | None = None) -> None:
        """End the run, as it ends by this error, or well; the first call counts."""
        self.discard_evaluation()
        if error is None:
            self.recorder.finish()
        else:
            self.recorder.__exit__(type(error), error, error.__traceback__)
