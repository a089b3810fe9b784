"""Compiled steps in place of plain ones, from a step that the scenario fixes."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from objtui.engine.steps.compiled.job import CompileJob
from objtui.engine.steps.compiled.process import Compiling
from objtui.engine.steps.stepper import Stepper
from objtui.errors import TrainingError, brief

COMPILE_POLL_S = 0.05

SWITCH_S = 0.0002
"""How soon a thread that waits for Python's lock gets it: a compiled step holds the lock for
all its time, and the thread that draws the rows of later steps must not fall behind."""


class SwitchToCompiled:
    """Has the steps compiled beside the training, and hands them to its stepper.

    Which steps are compiled depends on nothing but the scenario: where the
    compiler is late the training waits for it. `required` says whether a
    training must end where it fails, rather than go on with plain steps.
    """

    def __init__(self, step: int, job: CompileJob, stepper: Stepper, *, required: bool) -> None:
        self.step = step
        self._job = job
        self._stepper = stepper
        self._required = required
        self._compiling: Compiling | None = None
        self._switch_s = sys.getswitchinterval()

    def __enter__(self) -> Self:
        """Start the compiler; as of `finish` where it cannot be started."""
        try:
            self._compiling = Compiling(self._job)
        except OSError as error:
            _do_without("compiled", brief(error), required=self._required)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it, if it is still at work."""
        sys.setswitchinterval(self._switch_s)
        if self._compiling is not None:
            self._compiling.close()
            self._compiling = None

    def is_due(self, step: int) -> bool:
        """Whether the steps from this one on are to be compiled ones and are not yet."""
        return self._compiling is not None and step >= self.step

    def plain_steps(self, step: int, steps: int) -> int:
        """So many steps from `step` on as end at the takeover, if it lies between."""
        return min(steps, self.step - step) if step < self.step else steps

    def finish(self) -> Iterator[None]:
        """Yield now and then until the compiler has ended, then use what it made.

        Raises TrainingError where it failed and is required; warns where it is not.
        """
        assert self._compiling is not None
        while not self._compiling.is_done(COMPILE_POLL_S):
            yield
        package = self._compiling.package()
        try:
            if isinstance(package, str):
                _do_without("compiled", package, required=self._required)
            else:
                self._stepper.compile(package)
                sys.setswitchinterval(SWITCH_S)
        except (OSError, RuntimeError, ValueError) as error:  # it cannot be loaded
            _do_without("compiled", brief(error), required=self._required)
        self._compiling.close()
        self._compiling = None


def take_recorded_steps(stepper: Stepper, *, required: bool) -> None:
    """Have the step recorded on its CUDA device.

    Raises TrainingError where that fails and is required; warns where it is not.
    """
    try:
        stepper.record()
    except RuntimeError as error:
        # What failed first; the end of a recording that is broken off fails again.
        cause = error.__context__ if isinstance(error.__context__, RuntimeError) else error
        _do_without("recorded", brief(cause), required=required)


def _do_without(what: str, reason: str, *, required: bool) -> None:
    message = f"the steps of the training cannot be {what}: {reason}"
    if required:
        raise TrainingError(f'{message}; train.compile = "never" trains without')
    warnings.warn(message, RuntimeWarning, stacklevel=3)
