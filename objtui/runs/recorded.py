"""Several recorded runs opened together, each under a name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from objtui.errors import UsageError
from objtui.measures.frames import Frame, LossTrace
from objtui.runfile.reader import RunReader, StoredNumber
from objtui.runfile.records import RunHeader
from objtui.text.terminal import printable

FRAMES_AT_ONCE = 20
"""Frames held in memory at once: a frame of many members is large."""


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run and the name it goes by, which no other of those opened with it has."""

    name: str
    reader: RunReader

    @property
    def header(self) -> RunHeader:
        """What was settled before the first step."""
        return self.reader.header()

    @property
    def head_names(self) -> list[str]:
        """Names of the heads, in the order of every frame."""
        return [head.name for head in self.header.heads]

    def frames(self) -> Iterator[list[Frame]]:
        """Every frame recorded by now, oldest first, live ones too, a few at a time."""
        row = 0
        while stored := self.reader.frames_after(row, limit=FRAMES_AT_ONCE):
            row = stored[-1].row
            yield [entry.frame for entry in stored]

    def numbers(self) -> list[StoredNumber]:
        """The user's own numbers, in the order in which they came."""
        return self.reader.numbers_after()

    def loss_traces(self) -> list[LossTrace]:
        """The training loss of every recorded stretch of steps."""
        return [entry.trace for entry in self.reader.loss_traces_after()]


@contextmanager
def recorded_runs(paths: Sequence[Path]) -> Iterator[list[RecordedRun]]:
    """Open run files, each once; raises RunFileError, or UsageError for one named twice."""
    with ExitStack() as stack:
        names = run_names(paths)
        yield [
            RecordedRun(name, stack.enter_context(RunReader(path)))
            for name, path in zip(names, paths, strict=True)
        ]


def run_names(paths: Sequence[Path]) -> list[str]:
    """A name a run file: its own, with its folder's before it where two are named alike."""
    places = [path.resolve() for path in paths]
    stems = [printable(place.stem) for place in places]
    twice = [path for path, count in Counter(places).items() if count > 1]
    if twice:
        raise UsageError(f"the run {twice[0].stem} is named twice")
    alike = Counter(stems)
    names = [
        stem if alike[stem] == 1 else f"{printable(place.parent.name)}/{stem}"
        for stem, place in zip(stems, places, strict=True)
    ]
    if len(set(names)) < len(names):
        raise UsageError("two of the runs have the same name and folder name; rename one")
    return names
