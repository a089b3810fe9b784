"""What the compiling process is asked for, and what it answers with."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Self

DONE = "compiled"
"""Said once the package lies in the folder; anything else says why there is none."""

PACKAGE = "step.pt2"
LAYOUT = ".json"
"""The package's suffix for the layout of its inputs."""


@dataclass(frozen=True, slots=True)
class CompileJob:
    """What is to be compiled.

    Attributes:
        scenario: as JSON.
        features: of a row.
        rows: all training rows.
        batch: rows of a batch; 0 stands for all.
        threads: of the training.
    """

    scenario: str
    features: int
    rows: int
    batch: int
    threads: int

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Self:
        """The job that `to_json` wrote."""
        return cls(**json.loads(line))
