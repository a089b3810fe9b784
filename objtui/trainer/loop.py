"""The loop from a session to a run file: asks a training for its events and records them.

Pausing is not asking for the next event.
"""

from __future__ import annotations

import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from objtui.errors import ObjtuiError, brief
from objtui.measures.frames import Frame, LossTrace, Progress
from objtui.runfile.heartbeat import Heartbeat
from objtui.runfile.records import RunSummary, State
from objtui.runfile.writer import RunWriter
from objtui.session import MeasuresEnd, Session

HEARTBEAT_S = 0.25
COMMANDS_S = 0.1
FIRST_CHECKPOINT_S = 2.0
CHECKPOINT_S = 30.0
"""Checkpoints by the clock: early at first, then each after twice the time, up to this."""

CHECKPOINT_SHARE = 1 / 50
"""The most of the time that checkpoints by the clock may take."""

MAX_END_S = 5.0
"""Where an evaluation takes longer, none is made for a stop alone: whoever stops a run waits for
it, and may end by force a trainer that takes too long."""

SPEED_WINDOW_S = 2.0
"""The speed shown is that of so long a time up to now."""


@dataclass(frozen=True, slots=True)
class LoopEnd:
    """How a recorded training ended."""

    state: State
    message: str
    summary: RunSummary


@dataclass(frozen=True, slots=True)
class Clock:
    """What a loop tells the time by."""

    now: Callable[[], float] = time.monotonic
    """Seconds since any moment, never fewer than before."""

    sleep: Callable[[float], None] = time.sleep


def record_run(
    session: Session,
    writer: RunWriter,
    *,
    checkpoint_every: int | None = None,
    is_stop_requested: Callable[[], bool] = lambda: False,
    log_line: Callable[[str], None] = lambda line: None,
    log_text: Callable[[], str] = lambda: "",
    process_age: Callable[[], float] | None = None,
    clock: Clock = Clock(),
) -> LoopEnd:
    """Train to the end, a stop or a failure, record it, and finish the run file.

    It obeys the commands that are laid into the run file. It handles no signals, writes to
    no stream and needs no process of its own. A failure of the training is an end like any
    other. RunFileError is raised where the end can no longer be written; an interrupt goes
    through and leaves a run that can be resumed.

    Args:
        checkpoint_every: steps between checkpoints; None for some by the clock.
        is_stop_requested: is asked after every event and every moment of a pause.
        log_line: is told what happens, a line each, of a failure its traceback.
        log_text: is asked once, after the last step, for the log that the run file keeps.
        process_age: seconds since the work for this run began, its preparation included;
            None where that is not to be counted.
    """
    began = clock.now()
    loop = _Loop(
        session,
        writer,
        checkpoint_every=checkpoint_every,
        is_stop_requested=is_stop_requested,
        log_line=log_line,
        process_age=process_age or (lambda: clock.now() - began),
        clock=clock,
    )
    with Heartbeat(writer):
        end = loop.record()
    writer.finish(end.state, end.summary, log_text(), end.message)
    return end


class _Loop:
    """What `record_run` has to remember from one event to the next; `record` is called once."""

    def __init__(
        self,
        session: Session,
        writer: RunWriter,
        *,
        checkpoint_every: int | None,
        is_stop_requested: Callable[[], bool],
        log_line: Callable[[str], None],
        process_age: Callable[[], float],
        clock: Clock,
    ) -> None:
        self._training = session.training
        self._steps = session.steps
        self._writer = writer
        self._checkpoint_every = checkpoint_every
        self._is_stop_requested = is_stop_requested
        self._log_line = log_line
        self._process_age = process_age
        self._clock = clock
        self._stop_command = False
        self._paused = False
        self._pause_at_frame = False
        self._elapsed_s = self._elapsed_before = writer.status.elapsed_s
        self._recording_s = 0.0
        # Of a resumed run, before its first frame here, that of all evaluations is the most known.
        self._evaluation_s, self._eval_s = self._training.eval_s, self._training.eval_s
        now = clock.now()
        self._heartbeat_at = now
        self._commands_at = now
        self._checkpoint_at = now
        self._checkpoint_wait_s = FIRST_CHECKPOINT_S
        self._checkpoint_step = self._training.step
        self._traces: list[LossTrace] = []
        self._speed: deque[tuple[float, int]] = deque()  # (time, step), oldest first

    def record(self) -> LoopEnd:
        """Train to the end, a stop, or a failure, which is said in the log."""
        start_s = self._process_age()
        state, message = self._guarded()
        training = self._training
        summary = RunSummary(
            steps=training.step,
            wall_s=self._elapsed_before + self._process_age(),
            start_s=start_s,
            train_s=training.train_s,
            eval_s=training.eval_s + self._recording_s,
        )
        self._log_line(f"{state} after step {training.step}" + (f": {message}" if message else ""))
        return LoopEnd(state, message, summary)

    def _guarded(self) -> tuple[State, str]:
        try:
            return self._train(), ""
        except ObjtuiError as error:
            self._log_line(traceback.format_exc().rstrip())
            return "failed", " ".join(error.lines())
        except Exception as error:  # any failure of the engine must end in the run file
            self._log_line(traceback.format_exc().rstrip())
            return "failed", brief(error)

    def _train(self) -> State:
        self._writer.set_status(state="running")
        for event in self._training.events():
            if isinstance(event, LossTrace):
                # Several may follow one another, of steps that are all taken already: a
                # checkpoint or a stop between them would lose the rest.
                self._traces.append(event)
                continue
            with self._recording():
                self._keep(event)
                self._do_what_is_due()
            if self._paused:
                self._wait()
            # After the last step only its evaluation is left: then the run is whole.
            if self._stopping() and self._training.step < self._steps:
                state: State = "stopped"
                break
        else:
            state = "finished"
        with self._recording():
            self._beat(self._clock.now())
            if self._training.diverged:
                return "diverged"
            self._save_checkpoint()
            if state == "stopped":
                self._measure_end()
        return state

    def _measure_end(self) -> None:
        """Record what the last step would have; a resumed run drops it with what follows.

        The run is stopped also where this fails: its checkpoint is there.
        """
        if not isinstance(self._training, MeasuresEnd) or self._evaluation_s > MAX_END_S:
            return
        try:
            frame = self._training.measure_end()
        except Exception:  # any failure of the engine
            self._log_line(traceback.format_exc().rstrip())
            return
        if frame is not None:
            self._writer.append_frame(frame)

    def _keep(self, event: Frame | Progress) -> None:
        if isinstance(event, Frame):
            eval_s = self._training.eval_s
            self._evaluation_s, self._eval_s = eval_s - self._eval_s, eval_s
            self._elapsed_s = event.elapsed_s
            self._write_traces()
            self._writer.append_frame(event)
            if event.scheduled and self._pause_at_frame and event.step < self._steps:
                self._set_paused(True)
        else:
            self._elapsed_s = event.elapsed_s

    def _do_what_is_due(self) -> None:
        """Heartbeat, commands and checkpoint, each after its time."""
        now = self._clock.now()
        if now - self._heartbeat_at >= HEARTBEAT_S:
            self._beat(now)
        if now - self._commands_at >= COMMANDS_S:
            self._obey(now)
        step = self._training.step
        every = self._checkpoint_every
        due = (
            now - self._checkpoint_at >= self._checkpoint_wait_s
            if every is None
            else step // every > self._checkpoint_step // every
        )
        if due:
            self._save_checkpoint()

    def _beat(self, now: float) -> None:
        step = self._training.step
        self._speed.append((now, step))
        while len(self._speed) > 2 and now - self._speed[1][0] > SPEED_WINDOW_S:
            self._speed.popleft()
        (then, before), steps_per_s = self._speed[0], None
        if now > then:
            steps_per_s = (step - before) / (now - then)
        self._writer.set_status(step=step, elapsed_s=self._elapsed_s, steps_per_s=steps_per_s)
        self._write_traces()
        self._heartbeat_at = now

    def _write_traces(self) -> None:
        self._writer.append_loss_traces(self._traces)
        self._traces = []

    def _obey(self, now: float) -> None:
        for command in self._writer.take_commands():
            self._log_line(f"told to {command} at step {self._training.step}")
            self._pause_at_frame = command == "step"
            if command == "stop":
                self._stop_command = True
            elif self._paused != (command == "pause"):
                self._set_paused(command == "pause")
        self._commands_at = now

    def _set_paused(self, paused: bool) -> None:
        self._paused = paused
        self._pause_at_frame &= not paused
        self._writer.set_status(
            state="paused" if paused else "running",
            step=self._training.step,
            elapsed_s=self._elapsed_s,
            steps_per_s=0.0 if paused else None,
        )
        self._speed.clear()
        if paused:
            self._save_checkpoint()  # a pause may be long, and costs nothing

    def _wait(self) -> None:
        """Pause: train nothing, but answer commands and show that the trainer lives."""
        while self._paused and not self._stopping():
            self._clock.sleep(COMMANDS_S / 2)
            now = self._clock.now()
            self._obey(now)
            if self._paused and now - self._heartbeat_at >= HEARTBEAT_S:
                self._writer.set_status()
                self._heartbeat_at = now
        self._paused = False

    def _stopping(self) -> bool:
        return self._stop_command or self._is_stop_requested()

    def _save_checkpoint(self) -> None:
        self._write_traces()
        step = self._training.step
        began = self._clock.now()
        self._writer.set_checkpoint(step, self._training.checkpoint())
        self._checkpoint_at, self._checkpoint_step = self._clock.now(), step
        wait_s = min(2 * self._checkpoint_wait_s, CHECKPOINT_S)
        self._checkpoint_wait_s = max(wait_s, (self._checkpoint_at - began) / CHECKPOINT_SHARE)

    @contextmanager
    def _recording(self) -> Iterator[None]:
        """Count the time of a `with` block as recording."""
        began = self._clock.now()
        try:
            yield
        finally:
            self._recording_s += self._clock.now() - began
