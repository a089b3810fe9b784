"""What a trainer thought worth knowing before it began, as its log keeps it for every reader."""

from __future__ import annotations

import re

MARK = "notice: "
"""Between the time of a line of the log and a notice."""

_LINE = re.compile(rf"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d {MARK}(.+)")


def notices_in(log: str) -> tuple[str, ...]:
    """The notices in a log, each once, in their order; of all trainers that the run has had."""
    matches = (_LINE.fullmatch(line) for line in log.splitlines())
    return tuple(dict.fromkeys(line[1] for line in matches if line))
