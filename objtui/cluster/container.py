"""The checkpoint of a run in parts: of each its state, and what it had sent but was not merged.

A line of JSON behind a magic one says what follows; then come the bytes of states, frames and loss
traces one after another, and behind a frame those of all its detections, where it has them. It is
read from run files that others may have made: nothing in it is executed, and what is wrong in it is
a ValueError.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from objtui.cluster.parts import Measured
from objtui.measures.all_detections import MAX_BYTES, AllDetections
from objtui.measures.bounds import is_count, is_time
from objtui.measures.frames import (
    Frame,
    LossTrace,
    decode_frame,
    decode_loss_trace,
    encode_frame,
    encode_loss_trace,
)

MAGIC = b"objtui parts 1\n"


@dataclass(frozen=True, eq=False, slots=True)
class PartState:
    """A part between two events.

    Attributes:
        held: its seeds, by position among those of the run.
        step: steps that it has taken.
        ended: whether it has taken its last step and sent its last frame.
        state: the checkpoint of its training.
        waiting: what it has measured, up to that step, that other parts have not yet.
    """

    held: range
    step: int
    ended: bool
    train_s: float
    eval_s: float
    state: bytes
    waiting: tuple[Measured, ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Container:
    """A run in parts: `step` is what all of them have reached, and was told to the recorder."""

    step: int
    elapsed_s: float
    parts: tuple[PartState, ...]

    def encode(self) -> bytes:
        """The container as bytes."""
        blobs: list[bytes] = []
        parts = []
        for part in self.parts:
            blobs.append(part.state)
            waiting = []
            for each in part.waiting:
                waiting.append(
                    [_described(each.event, blobs), [_described(x, blobs) for x in each.last]]
                )
            parts.append(
                {
                    "held": [part.held.start, part.held.stop],
                    "step": part.step,
                    "ended": part.ended,
                    "train_s": part.train_s,
                    "eval_s": part.eval_s,
                    "state": len(part.state),
                    "waiting": waiting,
                }
            )
        head = {"step": self.step, "elapsed_s": self.elapsed_s, "parts": parts}
        return MAGIC + json.dumps(head).encode() + b"\n" + b"".join(blobs)


def is_container(data: bytes) -> bool:
    """Whether a checkpoint is of a run in parts."""
    return data.startswith(MAGIC)


def decode_container(
    data: bytes, heads: int, seeds: int, score_names: tuple[str, ...], pictures: int
) -> Container:
    """The container that `encode` wrote, of a run with so many heads, seeds and sample pictures.

    ValueError where it is damaged, or of another run.
    """
    try:
        if not is_container(data):
            raise ValueError("it is not of a run in parts")
        line, _, rest = data[len(MAGIC) :].partition(b"\n")
        head = json.loads(line)
        blobs = _Blobs(rest)
        parts = tuple(
            _decode_part(each, blobs, heads, score_names, pictures) for each in head["parts"]
        )
        blobs.require_end()
        container = Container(head["step"], head["elapsed_s"], parts)
        if not (is_count(container.step) and is_time(container.elapsed_s)):
            raise ValueError("its clock shows no time")
        _require_all_seeds([part.held for part in parts], seeds)
        if any(part.step < container.step for part in parts):
            raise ValueError("a part of it is behind the run")
    except (KeyError, TypeError, IndexError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"the checkpoint is damaged: {error}") from error
    except ValueError as error:
        raise ValueError(f"the checkpoint is damaged, or of another scenario: {error}") from error
    return container


class _Blobs:
    """Bytes that are taken one stretch after another."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, size: int) -> bytes:
        if not is_count(size) or self._at + size > len(self._data):
            raise ValueError("it is cut short")
        self._at += size
        return self._data[self._at - size : self._at]

    def require_end(self) -> None:
        if self._at != len(self._data):
            raise ValueError("there is more behind it")


def _described(event: Frame | LossTrace, blobs: list[bytes]) -> list[int]:
    """What says how to read an event, whose bytes go to the others'."""
    if isinstance(event, Frame):
        parts = [encode_frame(event)]
        every = event.every_detection and event.every_detection.within(MAX_BYTES)
        if every is not None:
            parts.append(every.to_bytes())
        blobs += parts
        return [len(part) for part in parts]
    blobs.append(encode_loss_trace(event))
    return [len(blobs[-1]), event.first_step, event.last_step]


def _decode_part(
    part: Any, blobs: _Blobs, heads: int, score_names: tuple[str, ...], pictures: int
) -> PartState:
    start, stop = part["held"]
    if not (is_count(start) and is_count(stop) and start < stop):
        raise ValueError("a part of it has no seeds")
    times = (part["train_s"], part["eval_s"])
    if not (
        is_count(part["step"]) and all(map(is_time, times)) and isinstance(part["ended"], bool)
    ):
        raise ValueError("the clock of a part shows no time")
    members = heads, stop - start
    state = blobs.take(part["state"])

    def event(size: int, *more: int) -> Frame | LossTrace:
        data = blobs.take(size)
        if len(more) < 2:
            frame = decode_frame(data, score_names, members, pictures)
            every = [AllDetections.from_bytes(blobs.take(each), *members) for each in more]
            return replace(frame, every_detection=every[0] if every else None)
        first, last = more
        if not (is_count(first) and is_count(last)):
            raise ValueError("a loss trace is of no steps")
        return decode_loss_trace(first, last, data, members)

    def events() -> Iterator[Measured]:
        for first, last in part["waiting"]:
            own = event(*first)
            traces = [event(*each) for each in last]
            yield Measured(own, tuple(each for each in traces if isinstance(each, LossTrace)))

    return PartState(
        range(start, stop), part["step"], part["ended"], *times, state, tuple(events())
    )


def _require_all_seeds(parts: Sequence[range], seeds: int) -> None:
    """ValueError unless these are all seeds in their order."""
    edges = [0, *(held.stop for held in parts)]
    if not parts or edges[-1] != seeds or [held.start for held in parts] != edges[:-1]:
        raise ValueError("its parts are not all seeds of the run")
