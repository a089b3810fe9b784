"""What a list tells of a run beside its state: size, changed keys, last scores."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from objtui.errors import RunFileError
from objtui.measures.frames import Scores
from objtui.runfile.opening import size_with_journal
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunHeader
from objtui.runfile.tables import named_errors
from objtui.runfile.unpacking import parse_json

MAX_OVERRIDES = 1000
"""More changed keys than any command line has."""


@dataclass(frozen=True, eq=False, slots=True)
class RunDetails:
    """A run's size, what its command line changed, and what it last measured.

    Attributes:
        size: bytes of its file and write-ahead log.
        overrides: KEY=VALUE texts, of `--seeds` and `--device` too, in the order applied.
        scores: (heads, seeds, scores) of the last scheduled frame, in the order of the header;
            None before the first, and where that frame is damaged.
    """

    size: int
    overrides: tuple[str, ...]
    scores: Scores | None

    def score(self, header: RunHeader, head: str, name: str) -> float:
        """Mean over seeds of a score of a head; NaN where the run has not measured it."""
        names = [each.name for each in header.heads]
        if self.scores is None or head not in names or name not in header.score_names:
            return math.nan
        values = self.scores[names.index(head), :, header.score_names.index(name)]
        with np.errstate(all="ignore"):
            return float(values.mean())


def read_details(reader: RunReader) -> RunDetails:
    """The details of an opened run; RunFileError where its file is gone."""
    with named_errors(reader.path):
        size = size_with_journal(reader.path)
    try:
        frame = reader.last_scheduled()
    except RunFileError:  # its header and its state can be listed all the same
        frame = None
    return RunDetails(size, _overrides(reader.request()), None if frame is None else frame.scores)


def _overrides(request: str) -> tuple[str, ...]:
    """What the command line changed; nothing where a training loop of its own was recorded."""
    try:
        recorded = parse_json(request)
    except ValueError:
        return ()
    if not isinstance(recorded, dict) or not isinstance(recorded.get("overrides", []), list):
        return ()
    texts = [text for text in recorded.get("overrides", []) if isinstance(text, str)]
    texts += [
        f"train.{key}={recorded[key]}"
        for key in ("seeds", "device")
        if isinstance(recorded.get(key), (int, str))
    ]
    return tuple(texts[:MAX_OVERRIDES])
