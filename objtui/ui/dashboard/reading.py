"""The runs of a dashboard read again and again, and what of them is news to it."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass

from objtui.errors import ObjtuiError
from objtui.runs.comparison import Comparison

BREATH_S = 0.02
"""Time for keys between two readings of a long run."""


@dataclass(frozen=True, slots=True)
class News:
    """What a reading of the runs has brought.

    Attributes:
        opened: the runs are known, of which nothing was known before.
        frames: there are more frames, or training losses that are asked for.
        status: a run has ended, or is trained again, or a long one has been read to its end.
    """

    opened: bool = False
    frames: bool = False
    status: bool = False


class Reading:
    """Reads runs whenever it is time; a long one in breaths, so that keys come in between."""

    def __init__(
        self,
        runs: Comparison,
        *,
        wait: Callable[[float, Callable[[], None]], object],
        take: Callable[[News], None],
        fail: Callable[[ObjtuiError], None],
    ) -> None:
        """`wait` calls a function after so many seconds; `take` gets what is new.

        `fail` gets the error of a run that is gone.
        """
        self._runs = runs
        self._wait, self._take, self._fail = wait, take, fail
        self._goes_on = False  # a long run is being read

    def poll(self) -> News | None:
        """Read what is new, without telling of it; None where a run is gone."""
        was_known = self._runs.history is not None
        try:
            changes = self._runs.poll()
        except ObjtuiError as error:
            self._fail(error)
            return None
        return News(
            opened=not was_known and self._runs.history is not None,
            frames=changes.frames,
            status=changes.restarted or (changes.status and self._runs.ended),
        )

    def read(self) -> None:
        """Read what is new and tell of it; read on soon where that is not all."""
        news = self.poll()
        if news is None:
            return
        if self._runs.behind and not self._goes_on:
            self._goes_on = True
            self._wait(BREATH_S, self._read_on)
        self._tell(news)

    def _read_on(self) -> None:
        """Go on with a long run; readings at their time tell of what has come by then."""
        self._goes_on = False
        if self._runs.history is None or not self._runs.behind:
            return
        if self.poll() is None:
            return
        if self._runs.behind:
            self._goes_on = True
            self._wait(BREATH_S, self._read_on)
        else:
            self._tell(News(status=True))

    def _tell(self, news: News) -> None:
        """Tell what is new, and search for no garbage in what has been read and drawn by then.

        A search through all of a long run stops the keys for tens of milliseconds.
        """
        self._take(news)
        if (news.opened or news.status) and not self._runs.behind:
            gc.collect(1)  # what garbage there is of late would stay
            gc.freeze()

    def close(self) -> None:
        """Have garbage searched for everywhere again: the runs are about to be let go of.

        Also among what was imported, which a screen behind this one would do without.
        """
        gc.unfreeze()
