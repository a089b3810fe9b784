"""Compiled or recorded programs in place of operations of torch, before a training needs them."""

from __future__ import annotations

import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from objtui.engine.steps.compiled.compiler import Compiling
from objtui.engine.steps.compiled.symbols import UntraceableError
from objtui.engine.steps.stepper import Stepper
from objtui.errors import TrainingError, brief

COMPILE_POLL_S = 0.02

MAX_COMPILE_S = 120.0
"""How long a training waits for a compiler, which takes about a second."""


class SwitchToCompiled:
    """Has a program compiled while the training begins, and hands it to what it is for.

    What is compiled depends on nothing but the scenario, whatever was compiled before.

    Args:
        what: of the training, in words.
        text: makes the program; UntraceableError where a function has no form in C.
        use: takes the library; OSError where it cannot be loaded.
        required: whether a training must end where it fails, rather than go on without.
    """

    def __init__(
        self, what: str, text: Callable[[], str], use: Callable[[Path], None], *, required: bool
    ) -> None:
        self._what = what
        self._text = text
        self._use = use
        self._required = required
        self._compiling: Compiling | None = None
        self._failure = ""

    def start(self) -> None:
        """Start the compiler, before the block where it can be; what goes wrong is said there.

        It ends with this object, or this process, where it never comes to that.
        """
        try:
            self._compiling = Compiling(self._text())
            weakref.finalize(self, self._compiling.close)
        except (OSError, UntraceableError) as error:
            self._failure = brief(error)

    def __enter__(self) -> Self:
        """Start the compiler, if it is not; as of `finish` where it cannot be started."""
        if self._compiling is None and not self._failure:
            self.start()
        if self._failure:
            failure, self._failure = self._failure, ""
            self._do_without(failure)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it, if it is still at work."""
        if self._compiling is not None:
            self._compiling.close()
            self._compiling = None

    @property
    def is_due(self) -> bool:
        """Whether a program is to be used and is not yet."""
        return self._compiling is not None

    def finish(self) -> Iterator[None]:
        """Yield now and then until the compiler has ended, then use what it made.

        Raises TrainingError where it failed and is required; warns where it is not.
        """
        assert self._compiling is not None
        until = time.monotonic() + MAX_COMPILE_S
        while not (done := self._compiling.is_done(COMPILE_POLL_S)) and time.monotonic() < until:
            yield
        late = f"the compiler has not ended for {MAX_COMPILE_S:g} s"
        try:
            library = self._compiling.library() if done else late
            if isinstance(library, str):
                self._do_without(library)
            else:
                self._use(library)
        except OSError as error:  # it cannot be loaded
            self._do_without(brief(error))
        self._compiling.close()
        self._compiling = None

    def _do_without(self, reason: str) -> None:
        _do_without(f"the {self._what} of the training cannot be compiled", reason, self._required)


def take_recorded_steps(stepper: Stepper, *, required: bool) -> None:
    """Have the step recorded on its CUDA device.

    Raises TrainingError where that fails and is required; warns where it is not.
    """
    try:
        stepper.record()
    except RuntimeError as error:
        # What failed first; the end of a recording that is broken off fails again.
        cause = error.__context__ if isinstance(error.__context__, RuntimeError) else error
        _do_without("the steps of the training cannot be recorded", brief(cause), required)


def _do_without(failure: str, reason: str, required: bool) -> None:
    message = f"{failure}: {reason}"
    if required:
        raise TrainingError(f'{message}; train.compile = "never" trains without')
    warnings.warn(message, RuntimeWarning, stacklevel=3)
