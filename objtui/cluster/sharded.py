"""A training whose seeds are trained in parts elsewhere: merged here, event by event.

To its recorder it is a training like any other. A part that is lost begins again from its last
checkpoint; what it then sends a second time is dropped by its step, so every event is merged once.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from objtui.cluster.container import Container, PartState, decode_container, is_container
from objtui.cluster.parts import Failed, Host, Lost, Measured, Piece, Pool
from objtui.errors import TrainingError
from objtui.measures.frames import Frame, LossTrace, Progress
from objtui.measures.merging import merge_frames, merge_traces

MAX_DEATHS = 3
"""So many losses of a part, one after another without a new frame, end the training."""

MAX_AHEAD = 8
"""Frames of a part that wait for those of others, from which on no more of its are taken."""

END_S = 5.0
"""What is measured for a stop alone may take so long: whoever stops a run waits for it, and may end
by force a trainer that takes too long."""

TAKE_S = 0.1
"""How long to wait for a piece before the recorder may do something else."""


@dataclass(slots=True)
class _Part:
    """What the driver knows of a part."""

    held: range
    step: int = 0
    ended: bool = False
    train_s: float = 0.0
    eval_s: float = 0.0
    state: bytes | None = None
    waiting: deque[Measured] = field(default_factory=deque)
    frame_step: int = -1
    """Of the last frame received; −1 before the first."""
    trace_step: int = 0
    """The last step of the last loss trace received."""
    deaths: int = 0
    """Since the last new frame or checkpoint."""

    def receive(self, piece: Piece) -> None:
        """Take what is new of a piece."""
        for each in piece.measured:
            if isinstance(each.event, Frame):
                if each.event.step > self.frame_step:
                    self.frame_step, self.deaths = each.event.step, 0
                    self.waiting.append(each)
            elif each.event.last_step > self.trace_step:
                self.trace_step = each.event.last_step
                self.waiting.append(each)
        self.step = max(self.step, piece.step)
        self.train_s = max(self.train_s, piece.train_s)
        self.eval_s = max(self.eval_s, piece.eval_s)
        self.ended |= piece.ended
        if piece.state is not None:
            self.state, self.deaths = piece.state, 0

    @property
    def frames_ahead(self) -> int:
        """Frames that wait for those of others."""
        return sum(isinstance(each.event, Frame) for each in self.waiting)


class ShardedTraining:
    """All seeds of a run, in parts that a pool trains; `objtui.session.Training`.

    Attributes:
        schedule: ascending steps of the scheduled frames.
        notices: what a person should know of how the steps are taken, a line each.
        step: steps that all parts have taken, as far as they were told of.
        diverged: whether every member had diverged in the last frame.

    `events` raises TrainingError where a part fails, or is lost again and again. What the pool
    holds is not ended by the end of `events`: the last checkpoint comes behind it.
    """

    def __init__(
        self,
        pool: Pool,
        cuts: Sequence[range],
        schedule: tuple[int, ...],
        *,
        heads: int,
        score_names: tuple[str, ...],
        pictures: int = 0,
        notices: tuple[str, ...] = (),
        adopt: Callable[[bytes], Container] | None = None,
        say: Callable[[str], None] = lambda line: None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`cuts`: the seeds of each part; of a run that goes on, its checkpoint has them.

        `adopt` makes a checkpoint of a training as a whole that of one in a single part. `say` is
        told a line of what happens to parts on the way.
        """
        self.schedule = schedule
        self.notices = notices
        self.step = 0
        self.diverged = False
        self._pool = pool
        self._parts = [_Part(held) for held in cuts]
        self._seeds = cuts[-1].stop
        self._heads, self._score_names, self._pictures = heads, score_names, pictures
        self._adopt = adopt
        self._say = say
        self._clock = clock
        self._elapsed_before = 0.0
        self._started: float | None = None
        self._hosts: set[Host] = set()
        self._kept: tuple[PartState, ...] = ()
        self._begun = False

    @property
    def train_s(self) -> float:
        """Seconds that the part which took longest has spent in steps."""
        return max(part.train_s for part in self._parts)

    @property
    def eval_s(self) -> float:
        """Seconds that the part which took longest has spent in measuring."""
        return max(part.eval_s for part in self._parts)

    def events(self) -> Iterator[Frame | LossTrace | Progress]:
        """Train to the end, or to the frame where every member has diverged."""
        if not self._begun:
            self._begin()
        while True:
            yield from self._merged()
            if self.diverged or all(part.ended and not part.waiting for part in self._parts):
                return
            self._receive(self._behind(), TAKE_S)
            self.step = max(self.step, min(part.step for part in self._parts))
            yield Progress(self.step, self._elapsed())

    def checkpoint(self) -> bytes:
        """The state of every part, and what was received of it but not merged."""
        if not self._begun:
            self._begin()
        lacking = {place for place, part in enumerate(self._parts) if not part.ended}
        for place in lacking:
            self._pool.ask_state(place)
        while lacking:
            received = self._receive(lacking, TAKE_S)
            if received is None:
                continue
            place, piece = received
            if isinstance(piece, Lost):
                self._pool.ask_state(place)
            elif piece.state is not None:
                lacking.discard(place)
        parts = []
        for part in self._parts:
            assert part.state is not None
            waiting = tuple(part.waiting)
            parts.append(
                PartState(
                    part.held, part.step, part.ended, part.train_s, part.eval_s, part.state, waiting
                )
            )
        self._kept = tuple(parts)
        return Container(self.step, self._elapsed(), self._kept).encode()

    def measure_end(self) -> Frame | None:
        """What is measured only where no step follows, at the step of the part that was furthest at
        the last checkpoint: the others train as far as that.

        None for no detector and before any checkpoint, and, which is said, where a part has ended,
        has failed or is lost, or it would take longer than END_S. No events come any more.
        """
        if not self._pictures or not self._kept:
            return None
        ends = self._ends()
        if isinstance(ends, str):
            self._say(f"the worst mistakes are not measured at this stop: {ends}")
            return None
        return replace(merge_frames(ends), elapsed_s=self._elapsed())

    def _ends(self) -> list[Frame] | str:
        """What each part measures at that step; why there is none of some."""
        ended = [self._seeds_of(part) for part in self._parts if part.ended]
        if ended:
            return f"{ended[0]} have ended already"
        step = max(part.step for part in self._kept)
        ways = [(step - part.step) * part.train_s / max(1, part.step) for part in self._kept]
        if max(ways) > END_S:
            behind = self._seeds_of(self._parts[ways.index(max(ways))])
            return f"{behind} are {max(ways):.0f} s behind"
        for place in range(len(self._parts)):
            self._pool.ask_end(place, step)
        frames: dict[int, Frame] = {}
        until = self._clock() + END_S
        while lacking := set(range(len(self._parts))) - set(frames):
            taken = self._pool.take(lacking, TAKE_S)
            if taken is not None:
                place, piece = taken
                part = self._parts[place]
                if isinstance(piece, Lost):
                    return f"{self._seeds_of(part)} are lost ({piece.why})"
                if isinstance(piece, Failed):
                    return f"{self._seeds_of(part)} failed: {piece.why}"
                if piece.ended and piece.end is None:
                    return f"{self._seeds_of(part)} have ended already"
                part.eval_s = max(part.eval_s, piece.eval_s)
                if piece.end is not None:
                    frames[place] = piece.end
                    continue
            if self._clock() > until:  # also where a part goes on to send something else
                late = self._seeds_of(self._parts[min(lacking)])
                return f"{late} have not answered for {END_S:g} s"
        return [frames[place] for place in range(len(self._parts))]

    def restore(self, data: bytes) -> None:
        """Go on from a checkpoint, in the parts that it was made in; ValueError.

        That of a training as a whole becomes that of one part with all seeds.
        """
        if self._adopt is not None and not is_container(data):
            container = self._adopt(data)
        else:
            container = decode_container(
                data, self._heads, self._seeds, self._score_names, self._pictures
            )
        if container.step > self.schedule[-1]:
            raise ValueError(f"the checkpoint is of step {container.step} of {self.schedule[-1]}")
        self.step = container.step
        self._elapsed_before = container.elapsed_s
        self._parts = [_restored(part, self.schedule[-1]) for part in container.parts]

    def _begin(self) -> None:
        self._begun = True
        if self.step:
            self._started = self._clock()
        for place, part in enumerate(self._parts):
            if not part.ended:
                self._pool.begin(place, part.held, part.state)

    def _merged(self) -> Iterator[Frame | LossTrace]:
        """What all parts have measured; each is taken from them as it is given."""
        while all(part.waiting for part in self._parts):
            heads = [part.waiting[0] for part in self._parts]
            event = self._merge(heads)
            self.step = max(self.step, min(part.step for part in self._parts))
            for part in self._parts:
                part.waiting.popleft()
            if isinstance(event, Frame) and event.diverged.all():
                self.diverged = True
                self.step = event.step
            yield event
            if self.diverged:
                yield from map(merge_traces, zip(*(each.last for each in heads), strict=True))
                return

    def _merge(self, heads: Sequence[Measured]) -> Frame | LossTrace:
        frames = [each.event for each in heads if isinstance(each.event, Frame)]
        traces = [each.event for each in heads if isinstance(each.event, LossTrace)]
        if frames and traces:
            raise TrainingError("the parts of the run have measured different things")
        try:
            if traces:
                return merge_traces(traces)
            frame = merge_frames(frames)
        except ValueError as error:
            raise TrainingError(f"the parts of the run do not fit together: {error}") from error
        if self._started is None:  # the clock of the training starts behind its first frame
            self._started = self._clock()
        return replace(frame, elapsed_s=self._elapsed())

    def _behind(self) -> list[int]:
        """The parts that others wait for, and those that are not far ahead."""
        return [
            place
            for place, part in enumerate(self._parts)
            if not part.ended and (not part.waiting or part.frames_ahead < MAX_AHEAD)
        ]

    def _receive(
        self, places: Collection[int], timeout_s: float
    ) -> tuple[int, Piece | Lost] | None:
        """Take the next piece of these parts; one that is lost begins again."""
        taken = self._pool.take(places, timeout_s)
        if taken is None:
            return None
        place, piece = taken
        part = self._parts[place]
        if isinstance(piece, Failed):
            raise TrainingError(f"{self._seeds_of(part)} failed: {piece.why}")
        if isinstance(piece, Lost):
            part.deaths += 1
            if part.deaths == MAX_DEATHS:
                raise TrainingError(
                    f"{self._seeds_of(part)} were lost {MAX_DEATHS} times one after another "
                    f"without a new frame or checkpoint: {piece.why}"
                )
            self._say(f"{self._seeds_of(part)} are lost ({piece.why}) and begin again")
            self._pool.begin(place, part.held, part.state)
            return place, piece
        part.receive(piece)
        if piece.host is not None and piece.host.torch:
            self._note_host(piece.host)
        return place, piece

    def _note_host(self, host: Host) -> None:
        """Say it once where parts are trained on machines that may round differently."""
        for name, values in (("processors", "processor"), ("versions of torch", "torch")):
            before = {getattr(each, values) for each in self._hosts}
            if len(before) == 1 and getattr(host, values) not in before:
                both = ", ".join(sorted({*before, getattr(host, values)}))
                self._say(f"notice: the last digits may differ: nodes have other {name}: {both}")
        self._hosts.add(host)

    def _seeds_of(self, part: _Part) -> str:
        return f"seeds {part.held.start + 1} to {part.held.stop} of {self._seeds}"

    def _elapsed(self) -> float:
        running = 0.0 if self._started is None else self._clock() - self._started
        return self._elapsed_before + running


def _restored(part: PartState, steps: int) -> _Part:
    frames = [each.event.step for each in part.waiting if isinstance(each.event, Frame)]
    traces = [each.event.last_step for each in part.waiting if isinstance(each.event, LossTrace)]
    return _Part(
        part.held,
        part.step,
        part.ended and part.step == steps,  # a run may go on past the end that it had
        part.train_s,
        part.eval_s,
        part.state,
        deque(part.waiting),
        frame_step=max(frames, default=-1),
        trace_step=max(traces, default=0),
    )
