"""`objtui.Recorder`: the user's own training as a run.

It never touches what it records: nothing that it is given is written to or kept, no random number
is drawn, and what fails after its beginning is said once while the training goes on.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from objtui.measures.sums import Positive, Sums
from objtui.recorder.evaluation import Evaluation, GuardedEvaluation
from objtui.recorder.lifetime import Lifetime
from objtui.recorder.ranks import rank
from objtui.recorder.recording import Recording
from objtui.recorder.settings import Merge, RecordedHead, Settings, checked_settings, checked_step
from objtui.runfile.records import State

if TYPE_CHECKING:
    from torch.nn import Module

    from objtui.recorder.converters import Convert
    from objtui.recorder.taps import Take, Tap, Taps


class Recorder:
    """Records a training loop into a run file, which every command of objtui reads.

    The file is made at the first record, in the process that makes it; processes of a rank above
    0, and children forked later, record nothing. A recorder may be pickled and copied at any time:
    a copy begins a run of its own at its own first record.

    Args:
        name: the start of the run's name, `my-yolo` of `my-yolo-1`, -2, …; by default that of
            the program.
        heads: names, or `RecordedHead`s.
        steps: planned; None where nobody knows.
        runs: folder of the runs; by default $OBJTUI_RUNS, else ./runs.
        title, question: as in a scenario.
        config: the user's own settings, kept beside the run as JSON.
        resume: name or path of a recorded run to go on with.
        positive: which rows are positive: "half", target ≥ 0.5, or "assigned", target > 0.
        merge: of several ranks, "rank0" records what that one counts, "all_reduce" evaluations of
            all: their counts are added up at the end of an `evaluation`, which every rank enters.
        live_s, share: a training batch is counted at most every so many seconds, and for at most
            this share of the time.
        enabled: whether to record; by default unless $OBJTUI_RECORD is 0.
        strict: every failure raises, for tests.

    Raises UsageError for a name, a head or a run to resume that cannot be, RunFileError for the
    folder. Later calls raise ValueError for shapes that differ, at the first call of a head alone.
    """

    def __init__(
        self,
        name: str | None = None,
        *,
        heads: Sequence[str | RecordedHead] = ("obj",),
        steps: int | None = None,
        runs: str | os.PathLike[str] | None = None,
        title: str = "",
        question: str = "",
        config: Mapping[str, object] | None = None,
        resume: str | os.PathLike[str] | None = None,
        positive: Positive = "half",
        merge: Merge = "rank0",
        live_s: float = 1.0,
        share: float = 0.02,
        enabled: bool | None = None,
        strict: bool = False,
    ) -> None:
        settings = checked_settings(
            name,
            heads=heads,
            steps=steps,
            runs=runs,
            title=title,
            question=question,
            config=config,
            resume=resume,
            positive=positive,
            merge=merge,
            live_s=live_s,
            share=share,
            enabled=enabled,
            strict=strict,
        )
        self.__setstate__({"settings": settings})

    def __getstate__(self) -> dict[str, Any]:
        return {"settings": self._settings}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._settings: Settings = state["settings"]
        self._lifetime = Lifetime(self._settings)
        self._taps: Taps | None = None

    @property
    def heads(self) -> list[str]:
        """Names of the heads."""
        return self._settings.head_names

    @property
    def path(self) -> Path | None:
        """The run file; None before the first record, and where nothing is recorded."""
        recording = self._lifetime.recording
        return None if recording is None else recording.path

    @property
    def name(self) -> str | None:
        """The name of the run; None as `path` is."""
        recording = self._lifetime.recording
        return None if recording is None else recording.name

    @property
    def stop_asked(self) -> bool:
        """Whether `objtui stop` has come."""
        return self._lifetime.stop_asked

    @property
    def dropped(self) -> int:
        """Measurements that had to go since the file could not be written in time."""
        recording = self._lifetime.recording
        return 0 if recording is None else recording.writing.dropped

    def train(
        self,
        step: int,
        *,
        loss: Any = None,
        logits: Any = None,
        targets: Any = None,
        ignore: Any = None,
        head: str | None = None,
    ) -> bool:
        """Record a training step, or a part of one; False once `objtui stop` has come.

        The loss is kept of every step. A batch is counted about once a second, until the first
        evaluation: then the run's frames are those of evaluations.

        Args:
            loss: mean loss of the batch: a number, or a tensor of one.
            logits, targets, ignore: as of `Evaluation.update`; no more than a comparison is done
                with those of a step that is not counted.
            head: its name; not needed where there is one.
        """
        if not self._lifetime.is_over:
            with self._lifetime.guarded(head):
                recording = self._lifetime.recording_at(step, logits)
                if recording is not None:
                    self._train(recording, step, loss, logits, targets, ignore, head)
        return not self.stop_asked

    def _train(
        self,
        recording: Recording,
        step: int,
        loss: Any,
        logits: Any,
        targets: Any,
        ignore: Any,
        head: str | None,
    ) -> None:
        place = self._settings.place_of(head)
        step = checked_step(step)
        recording.at_step(step)
        if loss is not None:
            recording.loss(step, place, loss)
        if logits is not None and recording.wants(step, place):
            if targets is None:
                raise ValueError("logits need targets")
            recording.count(step, place, logits, targets, ignore)
            self._lifetime.head_recorded(place)

    def wants(self, step: int) -> bool:
        """Whether a batch of this step would be counted, to skip the work for it otherwise."""
        if self._lifetime.is_over or rank() > 0:
            return False
        if self._lifetime.recording is None:
            return True
        recording = self._lifetime.own_recording
        return recording is not None and recording.wants(step, None)

    @contextmanager
    def evaluation(self, step: int) -> Iterator[Evaluation]:
        """Within the block batches of an evaluation are added up; at its end they are a frame.

        Nothing is recorded where the block raises.
        """
        began = time.monotonic()
        recording: Recording | None = None
        if not self._lifetime.is_over:
            with self._lifetime.guarded(None, raises=False):
                recording = self._lifetime.recording_at(step, None)
        merges = self._merges()
        evaluation = GuardedEvaluation(
            self._settings, self._lifetime, inert=recording is None and not merges
        )
        with self._tapped(None if evaluation.is_inert else evaluation.take, of_batches=True):
            yield evaluation
        if merges:
            self._merge(evaluation)
        if recording is not None and not self._lifetime.is_over:
            with self._lifetime.guarded(None, raises=False):
                took_s = time.monotonic() - began
                recording.evaluated(checked_step(step), evaluation.sums(), took_s)

    def _merges(self) -> bool:
        """Whether the evaluations of several processes are added up."""
        if not self._settings.enabled or self._settings.merge == "rank0":
            return False
        from objtui.recorder.merging import is_distributed

        return is_distributed()

    def _merge(self, evaluation: Evaluation) -> None:
        """What fails here fails on all ranks; one whose recording has failed adds nothing."""
        from objtui.recorder.merging import merged_over_ranks

        sums: dict[int, Sums] = {}
        with self._lifetime.guarded(None, raises=False):
            sums = evaluation.sums()
        evaluation.hold(merged_over_ranks(sums, len(self._settings.heads)))

    def attach(
        self,
        module: Module,
        head: str | None = None,
        *,
        convert: Convert | None = None,
        call: int | None = None,
    ) -> Tap:
        """Take logits and targets from the calls of a loss module, within `step`s that are sampled
        and within `evaluation`s.

        Args:
            head: whose rows they are; not needed where there is one.
            convert: reads the arguments of a call, see `objtui.recorder.converters`; by default
                logits and targets, or two neurons where the module is a CrossEntropyLoss.
            call: only this call of each step, from 0 on; by default all, whose rows are one step's.

        Raises TypeError where this is no module, or one that is handed probabilities; ValueError
        where there is no such head. What fails later ends the recording, not the training.
        """
        from objtui.recorder.taps import ModuleTap

        return self.add_tap(ModuleTap(module, head, convert, call))

    def watch_calls(
        self,
        function: str = "binary_cross_entropy_with_logits",
        head: str | None = None,
        *,
        where: str | None = None,
        convert: Convert | None = None,
        call: int | None = None,
    ) -> Tap:
        """Take logits and targets from the calls of a function of torch, as `attach` does.

        Args:
            function: its name.
            where: a function, `name` or `file.py:name`, within which the calls have to be.

        Raises ValueError where there is no such function or head, TypeError for probabilities.
        """
        from objtui.recorder.taps import FunctionTap

        return self.add_tap(FunctionTap(function, head, where, convert, call))

    def add_tap(self, tap: Tap) -> Tap:
        """Take logits and targets from a tap of one's own; ValueError without such a head."""
        from objtui.recorder.taps import Taps

        self._settings.place_of(tap.head)
        if self._taps is None:
            self._taps = Taps(partial(self._lifetime.guarded, None, raises=False))
        return self._taps.add(tap)

    @contextmanager
    def step(self, step: int, *, phase: str = "train") -> Iterator[None]:
        """Within the block taps take a training step, if it is sampled.

        Within an evaluation it is one batch, which matters to taps of one `call`. A `phase` other
        than "train" is no training: there taps take nothing but within an evaluation.
        """
        taps = self._taps
        if taps is not None and taps.are_installed:
            with taps.batch():
                yield
            return
        sampled = phase == "train" and self._comes_to(step)
        with self._tapped(partial(self._take, step) if sampled else None):
            yield

    def _comes_to(self, step: int) -> bool:
        """The loop has come to a step; whether it is sampled."""
        recording = self._lifetime.own_recording
        if not self._lifetime.is_over and recording is not None:
            with self._lifetime.guarded(None, raises=False):
                recording.at_step(checked_step(step))
        return self.wants(step)

    def _take(self, step: int, head: str | None, logits: Any, targets: Any, ignore: Any) -> None:
        recording = None if self._lifetime.is_over else self._lifetime.recording_at(step, logits)
        if recording is not None:
            self._train(recording, step, None, logits, targets, ignore, head)

    def _tapped(
        self, take: Take | None, *, of_batches: bool = False
    ) -> AbstractContextManager[None]:
        if take is None or self._taps is None:
            return nullcontext()
        return self._taps.installed(take, of_batches=of_batches)

    def evaluate(
        self, step: int, logits: Any, targets: Any, *, head: str | None = None, ignore: Any = None
    ) -> dict[str, float]:
        """Record an evaluation of one batch; its scores."""
        with self.evaluation(step) as evaluation:
            evaluation.update(logits, targets, head=head, ignore=ignore)
        return evaluation.compute(head)

    def log(self, step: int, **numbers: float) -> None:
        """Keep numbers of the user's own, which become curves: `log(step, map50=0.61)`.

        A number on a device is waited for.
        """
        if not self._lifetime.is_over:
            with self._lifetime.guarded(None, raises=False):
                recording = self._lifetime.recording_at(step, None)
                if recording is not None:
                    recording.numbers(checked_step(step), numbers)

    def finish(self, state: State = "finished", message: str = "", *, log: str = "") -> None:
        """End the run, within 10 s; the first call counts. It never raises.

        After `objtui stop` a run that finishes is stopped.
        """
        self._lifetime.finish(state, message, log)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lifetime.finish_after(error)
