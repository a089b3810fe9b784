"""`step` and `evaluation` of a recorder for frameworks that tell beginnings and ends apart."""

from __future__ import annotations

from contextlib import ExitStack, suppress
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
        self._step, self._evaluating = ExitStack(), ExitStack()

    def __reduce__(self) -> tuple[Any, ...]:
        return Blocks, (self.recorder,)

    def begin_step(self, step: int) -> None:
        """A step of the training, or a batch of an evaluation; ends the one before."""
        self.end_step()
        self._step.enter_context(self.recorder.step(step))

    def end_step(self) -> None:
        """Also where none was begun."""
        self._step.close()

    def begin_evaluation(self, step: int) -> None:
        """Ends the step that goes on, and discards an evaluation that does."""
        self.discard_evaluation()
        self.evaluation = self._evaluating.enter_context(self.recorder.evaluation(step))

    def end_evaluation(self) -> None:
        """Record it; also where none was begun."""
        self.end_step()
        self.evaluation = None
        self._evaluating.close()

    def discard_evaluation(self) -> None:
        """Record nothing of the evaluation that goes on, if one does."""
        self.end_step()
        self.evaluation = None
        with suppress(_AbandonedError), self._evaluating:
            raise _AbandonedError

    def end(self, error: BaseException | None = None) -> None:
        """End the run, as it ends by this error, or well; the first call counts."""
        self.discard_evaluation()
        if error is None:
            self.recorder.finish()
        else:
            self.recorder.__exit__(type(error), error, error.__traceback__)
