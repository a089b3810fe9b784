"""The lifetime of a recorded run: begun by the first record, ended with the training.

Whatever fails between the two is said once, and the training goes on.
"""

from __future__ import annotations

import atexit
import os
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

import numpy as np

from objtui.errors import brief
from objtui.recorder.ranks import rank
from objtui.recorder.recording import Recording
from objtui.recorder.settings import Settings, checked_step
from objtui.runfile.records import State

FINISH_S = 10.0
"""The longest that `finish` waits for the file."""

MAX_MESSAGE = 500

_PASSED_OVER = ("objtui.", "contextlib", "torch.")
"""Modules whose lines no user wants a warning of."""


class Lifetime:
    """The recording of this process, if it has one, and whether it still records.

    Attributes:
        recording: made by the first record; None before, and where this process has none.
        is_over: nothing is recorded any more, or never was to be.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.recording: Recording | None = None
        self.is_over = not settings.enabled
        self._recorded: set[int] = set()  # heads whose first shapes were right
        self._lock = os.getpid(), RLock()
        self._error_before = _last_error()

    @property
    def own_recording(self) -> Recording | None:
        """The recording, but not in a child that was forked after it began."""
        recording = self.recording
        return recording if recording is not None and recording.pid == os.getpid() else None

    @property
    def stop_asked(self) -> bool:
        """Whether `objtui stop` has come."""
        return self.recording is not None and self.recording.writing.stop_asked

    def recording_at(self, step: int, logits: Any) -> Recording | None:
        """The recording, begun with the first record; None where this process has none.

        Raises the error for which the file could not be written.
        """
        if self.recording is None:
            if rank() > 0:
                self.is_over = self._settings.merge == "rank0"
                return None
            self.recording = Recording(self._settings, checked_step(step), logits)
            self._finish_when_the_process_ends()
        elif self.own_recording is None:
            self.is_over = True
            return None
        if self.recording.writing.failure is not None:
            raise self.recording.writing.failure
        return self.recording

    def head_recorded(self, place: int) -> None:
        """The first call of a head was right: its later ones raise no more."""
        self._recorded.add(place)

    @contextmanager
    def guarded(self, head: str | None, *, raises: bool = True) -> Iterator[None]:
        """What fails within is said once; shapes raise at the first call of a head."""
        try:
            with self._own_lock(), np.errstate(all="ignore"):
                yield
        except Exception as error:
            if self._settings.strict:
                raise
            is_first = raises and self._is_first(head)
            if is_first and isinstance(error, (ValueError, TypeError)):
                raise
            self.fail(error)

    def _own_lock(self) -> RLock:
        """What threads of this process take turns by; a forked child has another.

        There it may have been taken for ever, by a thread that the child has not.
        """
        if self._lock[0] != os.getpid():
            self._lock = os.getpid(), RLock()
        return self._lock[1]

    def _is_first(self, head: str | None) -> bool:
        names = self._settings.head_names
        place = names.index(head) if head in names else (0 if len(names) == 1 else -1)
        return place not in self._recorded

    def fail(self, error: Exception) -> None:
        """End the recording for an error, and say so."""
        self.is_over = True
        recording = self.recording
        words = brief(error)
        if recording is not None and recording.writing.failure is None:
            recording.drop_sample()
            recording.finish("failed", f"recording ended: {words}"[:MAX_MESSAGE], "", 1.0)
        _warn(words)

    def finish(self, state: State, message: str, log: str) -> None:
        """End the run, as `Recorder.finish` says; it never raises."""
        was_over, self.is_over = self.is_over, True
        recording = self.own_recording
        if recording is None:
            return
        atexit.unregister(self._finish_at_exit)
        if was_over:
            return
        if state == "finished" and self.stop_asked:
            state = "stopped"
        try:
            in_time = recording.finish(state, message[:MAX_MESSAGE], log, FINISH_S)
        except Exception as error:  # of a device that is gone, say: the training has ended well
            self.fail(error)
            return
        if recording.writing.failure is not None:
            self.fail(recording.writing.failure)
        elif not in_time:
            _warn(f"its file could not be written within {FINISH_S:g} s")

    def finish_after(self, error: BaseException | None) -> None:
        """End the run as the training has ended: well, or by an error."""
        if error is None:
            self.finish("finished", "", "")
        elif isinstance(error, Exception):
            log = "".join(traceback.format_exception(error))
            self.finish("failed", brief(error), log)
        else:
            self.finish("stopped", f"by {type(error).__name__}", "")

    def _finish_when_the_process_ends(self) -> None:
        atexit.register(self._finish_at_exit)
        process = sys.modules.get("multiprocessing.process")
        if process is not None and process.parent_process() is not None:
            from multiprocessing.util import Finalize

            # A child of multiprocessing leaves without what atexit has.
            Finalize(None, self._finish_at_exit, exitpriority=10)

    def _finish_at_exit(self) -> None:
        """Where the training has no `with`: how the program ends is how the training did."""
        error = _last_error()
        self.finish_after(None if error is self._error_before else error)


def _warn(words: str) -> None:
    """Once: after it nothing more is recorded."""
    message = f"objtui.Recorder: nothing more is recorded, the training goes on: {words}"
    warnings.warn(message, RuntimeWarning, stacklevel=_levels_to_user())


def _levels_to_user() -> int:
    """How many calls up the user's own line stands, seen from the one who calls this."""
    frame, levels = sys._getframe(1), 1
    while frame.f_back and frame.f_globals["__name__"].startswith(_PASSED_OVER):
        frame, levels = frame.f_back, levels + 1
    return levels


def _last_error() -> BaseException | None:
    """The error that ended the program, or that an interactive one said last."""
    error: BaseException | None = getattr(sys, "last_value", None)
    return error
