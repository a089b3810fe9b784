"""A recorded run while it goes on: what of the training is counted, and when."""

from __future__ import annotations

import json
import math
import os
import platform
import sys
import time
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from objtui.measures.frames import LossTrace
from objtui.measures.scores import SCORE_NAMES
from objtui.measures.sums import Sums
from objtui.recorder.counting import Counter, number_format
from objtui.recorder.losses import LossFolder
from objtui.recorder.measured import Measured
from objtui.recorder.settings import Settings, checked_step
from objtui.recorder.thread import Ending, Number, Progress, WriterThread
from objtui.runfile.names import reserve
from objtui.runfile.reader import RunReader
from objtui.runfile.records import MAX_NUMBER_NAME, RunHeader, RunSummary, State
from objtui.runfile.writer import RunWriter
from objtui.text.terminal import printable

POSITIVE = {"half": "", "assigned": "target > 0"}
"""Which rows are positive, as a header says it."""

MAX_NAMES = 200
"""Names of numbers that a run takes."""


class Recording:
    """One run of one process, from its first record on."""

    def __init__(self, settings: Settings, step: int, logits: Any) -> None:
        """`step`: of the first record; `logits`: of it, if any, which tell device and dtype.

        Raises RunFileError where no file can be made.
        """
        self.settings = settings
        self.pid = os.getpid()
        step = checked_step(step)
        self.began_at, self.began = time.time(), time.monotonic()
        if settings.resume is None:
            script, request = _script(), json.dumps({"recorded": {"config": settings.config}})
            device, dtype = _place_and_type(logits)
            self.name, self.path = reserve(settings.folder, f"{settings.stem}.py", None)
            header = self._header(script, device, dtype)
            self._earlier_s = 0.0

            def open_run() -> RunWriter:
                return RunWriter(self.path, header, "", request)
        else:
            self.name, self.path = settings.resume.stem, settings.resume
            with RunReader(self.path) as reader:
                seen, dtype = reader.status(), reader.header().dtype
            self._earlier_s = seen.elapsed_s

            def open_run() -> RunWriter:
                writer = RunWriter.resume_recorded(self.path, seen)
                writer.drop_from(step)
                return writer

        self._step, self._taken = step, 0
        self._eval_s = 0.0
        self._losses = LossFolder(len(settings.heads), settings.steps)
        self._device_losses: Any = None
        self._counters: dict[int, Counter] = {}
        self._seen_heads: set[int] = set()
        self._sampled: int | None = None  # the step whose batches are counted
        self._coming: tuple[int, float] | None = None  # a step, and when, whose sums are on the way
        self._due = 0.0
        self._cost_s = 0.0
        self._names: set[str] = set()
        self.writing = WriterThread(
            self.path, len(settings.heads), dtype, open_run, self._progress, self._take_losses
        )
        self.writing.start()

    def elapsed_s(self) -> float:
        """Seconds since the first record, those of a resumed run before it included."""
        return self._earlier_s + time.monotonic() - self.began

    def wants(self, step: int, head: int | None = None) -> bool:
        """Whether a batch of this step would be counted; that of a new head always is."""
        if head is not None and head not in self._seen_heads:
            return True
        if step == self._sampled:
            return True
        return (
            not self.writing.is_evaluated and self._coming is None and time.monotonic() >= self._due
        )

    def at_step(self, step: int) -> None:
        """The loop has come to this step."""
        if step != self._step or not self._taken:
            self._step = step
            self._taken += 1
        if self._sampled is not None and step != self._sampled:
            self._close_sample()
        if self._coming is not None:
            self._poll()

    def loss(self, step: int, head: int, loss: Any) -> None:
        """Keep the loss of a step: a number, or a tensor or array of one."""
        device = getattr(loss, "device", None)
        if getattr(device, "type", "cpu") == "cuda":
            if self._device_losses is None:
                from objtui.recorder.device_losses import DeviceLosses

                self._device_losses = DeviceLosses(loss.device)
            self._device_losses.add(step, head, loss)
            return
        # One that requires a gradient would warn of being made a number.
        self._losses.add(step, head, float(loss.detach() if hasattr(loss, "detach") else loss))

    def count(self, step: int, head: int, logits: Any, targets: Any, ignore: Any) -> None:
        """Count a batch of a step that is wanted; ValueError where shapes differ."""
        began = time.monotonic()
        if step != self._sampled:
            self._sampled, self._cost_s = step, 0.0
            for counter in self._counters.values():
                counter.reset()
        counter = self._counters.get(head) or self._counter()
        counter.add(logits, targets, ignore)
        self._counters[head] = counter
        self._seen_heads.add(head)
        self._cost_s += time.monotonic() - began

    def evaluated(self, step: int, sums: Mapping[int, Sums], took_s: float) -> None:
        """Record what an evaluation has counted."""
        self._eval_s += took_s
        if any(part.rows or part.nan.any() for part in sums.values()):
            self.writing.is_evaluated = True
            self._sampled = self._coming = None
            self.writing.put(Measured(step, self.elapsed_s(), sums, of_training=False))

    def numbers(self, step: int, values: Mapping[str, float]) -> None:
        """Record the user's own numbers; ValueError where there are too many names."""
        values = {_number_name(name): value for name, value in values.items()}
        self._names |= values.keys()
        if len(self._names) > MAX_NAMES:
            raise ValueError(f"log has been given more than {MAX_NAMES} names of numbers")
        numbers: list[Number] = [(step, name, _as_float(value)) for name, value in values.items()]
        if numbers:
            self.writing.put_numbers(numbers)

    def finish(self, state: State, message: str, log: str, wait_s: float) -> bool:
        """Write what is left and the end; whether that was done in time."""
        self._close_sample()
        if self._coming is not None:
            self._poll(wait=True)
        self._read_device_losses(wait=True)
        elapsed_s, own_s = self.elapsed_s(), time.monotonic() - self.began
        summary = RunSummary(
            steps=self._step,
            wall_s=elapsed_s,
            start_s=0.0,
            train_s=max(0.0, elapsed_s - min(self._eval_s, own_s)),
            eval_s=self._eval_s,
        )
        if self.writing.dropped:
            message = message or f"{self.writing.dropped} measurements could not be written in time"
        return self.writing.end(Ending(state, message, log, summary), wait_s)

    def _counter(self) -> Counter:
        return Counter(self.settings.positive)

    def drop_sample(self) -> None:
        """Forget the sampled step: its counts may be what the recording has failed of."""
        self._sampled = self._coming = None

    def _close_sample(self) -> None:
        """The batches of the sampled step are all there: let their sums come."""
        if self._sampled is None:
            return
        self._coming, self._sampled = (self._sampled, self.elapsed_s()), None
        now = time.monotonic()
        # Half of the share is for what comes of a count: its way to the file, colder caches.
        self._due = now + max(self.settings.live_s, 2 * self._cost_s / self.settings.share)
        self._read_device_losses()

    def _poll(self, *, wait: bool = False) -> None:
        assert self._coming is not None
        began = time.monotonic()
        sums = {}
        for head, counter in self._counters.items():
            part = counter.wait() if wait else counter.poll()
            if part is None:
                return
            sums[head] = part
        (step, elapsed_s), self._coming = self._coming, None
        if not self.writing.is_evaluated:
            there = {head: part for head, part in sums.items() if part.rows or part.nan.any()}
            self.writing.put(Measured(step, elapsed_s, there, of_training=True))
        self._due += (time.monotonic() - began) / self.settings.share

    def _read_device_losses(self, *, wait: bool = False) -> None:
        if self._device_losses is not None:
            for step, head, loss in self._device_losses.poll(wait=wait):
                self._losses.add(step, head, loss)

    def _progress(self) -> Progress:
        return Progress(self._step, self._taken, self.elapsed_s())

    def _take_losses(self, all_of_it: bool) -> list[LossTrace]:
        return self._losses.take(all_of_it=all_of_it)

    def _header(self, script: str, device: str, dtype: str) -> RunHeader:
        settings = self.settings
        return RunHeader(
            run=self.name,
            scenario=script,
            title=settings.title,
            question=settings.question,
            device=device,
            dtype=dtype,
            threads=0,
            steps=settings.steps,
            seeds=(0,),
            heads=settings.head_infos,
            train=None,
            val=None,
            features=0,
            claims=(),
            score_names=SCORE_NAMES,
            versions=_versions(),
            created_at=self.began_at,
            recorded=True,
            positive=POSITIVE[settings.positive],
        )


def _place_and_type(logits: Any) -> tuple[str, str]:
    """Device and dtype of logits, as a header names them."""
    if logits is None:
        return "cpu", ""
    return str(getattr(logits, "device", "cpu")), number_format(logits)


def _number_name(name: str) -> str:
    """What a number is called in a run: in one line, and where it is too long with a checksum in
    the place of its middle, which tells it from others of the same ends."""
    shown = printable(name, "\N{REPLACEMENT CHARACTER}") or "number"
    if len(shown) <= MAX_NUMBER_NAME:
        return shown
    middle = f"…{crc32(name.encode(errors='surrogatepass')):08x}…"
    half = (MAX_NUMBER_NAME - len(middle)) // 2
    return f"{shown[:half]}{middle}{shown[-half:]}"


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number beyond all floats
        return math.inf if value > 0 else -math.inf


def _script() -> str:
    """The program that records."""
    return Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "python"


def _versions() -> dict[str, str]:
    versions = {
        # The package loads the recorder with its first use, so it is there, and not imported here.
        "objtui": sys.modules["objtui"].__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
    }
    if "torch" in sys.modules:
        versions["torch"] = metadata.version("torch")
    return versions
