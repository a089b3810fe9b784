"""A run as its viewers see it: the page as it is by now, and what is new for each of them."""

from __future__ import annotations

import json
import queue
import threading
import time
from contextlib import suppress
from typing import Any

import numpy as np

from objtui.pages.answers import answer_words
from objtui.pages.content import changing_content, curve_content, page_content
from objtui.pages.html import page
from objtui.pages.moments import MAX_FRAMES, frame_entry
from objtui.runs.axis_range import AxisRange
from objtui.runs.comparison import Comparison

MAX_VIEWERS = 8

MAX_WAITING = 64
"""Events that a viewer may be behind; then it is dropped, and its browser comes again by itself."""

MAX_AT_ONCE = 20
"""New moments that one look sends; where there are more, some between them are left out."""

CURVES_S = 5.0
"""How often the curves of every step are sent."""

_CHANGING = ("state", "ended", "claims", "axis")


class Viewer:
    """One open page: its events, in turn, until it is dropped."""

    def __init__(self) -> None:
        self._events: queue.Queue[bytes | None] = queue.Queue(MAX_WAITING)
        self.dropped = threading.Event()

    def take(self, timeout_s: float) -> bytes | None:
        """The next event; empty where none came in time, None once it is dropped."""
        try:
            return None if self.dropped.is_set() else self._events.get(timeout=timeout_s)
        except queue.Empty:
            return b""

    def give(self, event: bytes) -> None:
        """Lay an event before it; drops it where it has not taken those before."""
        try:
            self._events.put_nowait(event)
        except queue.Full:
            self.drop()

    def drop(self) -> None:
        """End it."""
        self.dropped.set()
        with suppress(queue.Full):
            self._events.put_nowait(None)


class LivePage:
    """The page of runs that may go on, for any number of threads that show it.

    One thread reads the runs and calls `look`; a run file is never read by another.
    """

    def __init__(self, runs: Comparison) -> None:
        """`runs` are read in."""
        self._runs = runs
        self._lock = threading.Lock()
        self._viewers: list[Viewer] = []
        self._axis_range = AxisRange()
        self._content: dict[str, Any] = page_content(runs, self._axis_range)
        self._curves_at = time.monotonic() + CURVES_S
        self._sent = self._last_step
        self._ended = runs.ended

    def html(self) -> str:
        """The page as it is by now."""
        with self._lock:
            return page(self._content, live=True)

    def join(self, after: int = -1) -> Viewer | None:
        """A new viewer, which has the moments up to a step; None where there are too many."""
        with self._lock:
            self._viewers = [viewer for viewer in self._viewers if not viewer.dropped.is_set()]
            if len(self._viewers) >= MAX_VIEWERS:
                return None
            viewer = Viewer()
            missed = [frame for frame in self._content["frames"] if frame["step"] > after]
            if len(missed) > MAX_AT_ONCE:
                viewer.give(_event("again", ""))
            else:
                for frame in missed:
                    viewer.give(_event("frame", frame, frame["step"]))
                viewer.give(_event("state", {name: self._content[name] for name in _CHANGING}))
            self._viewers.append(viewer)
            return viewer

    def look(self) -> None:
        """Read what is new and tell the viewers; raises ObjtuiError where a run cannot be read."""
        changes = self._runs.poll()
        while self._runs.behind:
            more = self._runs.poll()
            changes.frames |= more.frames
            changes.restarted |= more.restarted
        if self._runs.history is None:
            return
        if changes.restarted:
            with self._lock:
                self._content = page_content(self._runs, self._axis_range)
            self._sent = self._last_step
            self._tell("again", "")
            return
        ended, self._ended = self._ended, self._runs.ended
        if changes.frames:
            self._tell_frames()
        self._tell_state()
        if self._ended != ended and not changes.frames:  # which changes what is said of the last
            self._tell_frames()

    def end(self, why: str) -> None:
        """Tell the viewers that nothing more will come, and why."""
        with self._lock:
            self._content["state"] = why
        self._tell("end", why)

    @property
    def _last_step(self) -> int:
        steps = self._runs.steps
        return int(steps[-1]) if len(steps) else -1

    def _tell_frames(self) -> None:
        steps = self._runs.steps
        new = steps[steps > self._sent]
        # Of several runs, one that is behind has changed the last moment.
        new = new if len(new) else steps[-1:]
        places = np.linspace(0, len(new) - 1, min(MAX_AT_ONCE, len(new)))
        told = new[np.unique(places.round().astype(int))].tolist()
        for step in told:
            moment = self._runs.moment_at(step)
            if moment is None:
                continue
            entry = frame_entry(self._runs, moment)
            if step == told[-1]:  # the others of one look are gone at once
                entry["answers"] = answer_words(self._runs, step)
            with self._lock:
                frames = self._content["frames"]
                if frames and frames[-1]["step"] == entry["step"]:
                    frames.pop()
                frames.append(entry)
                if len(frames) > 2 * MAX_FRAMES:
                    del frames[1:-2:2]
                self._content["recorded"] = len(steps)
            self._tell("frame", entry, step)
        self._sent = self._last_step

    def _tell_state(self) -> None:
        news = changing_content(self._runs, self._axis_range)
        if self._curves_due():
            news |= curve_content(self._runs)
        with self._lock:
            if all(self._content[name] == value for name, value in news.items()):
                return
            self._content.update(news)
        self._tell("state", news)

    def _curves_due(self) -> bool:
        """Whether curves that are recorded at every step are sent again, which are long."""
        now = time.monotonic()
        due = now >= self._curves_at
        if due:
            self._curves_at = now + CURVES_S
        return due

    def _tell(self, name: str, value: object, step: int | None = None) -> None:
        event = _event(name, value, step)
        with self._lock:
            for viewer in self._viewers:
                viewer.give(event)


def _event(name: str, value: object, step: int | None = None) -> bytes:
    """An event of a stream; a browser that comes again says the last `step` that it has."""
    number = "" if step is None else f"id: {step}\n"
    return f"{number}event: {name}\ndata: {json.dumps(value, allow_nan=False)}\n\n".encode()
