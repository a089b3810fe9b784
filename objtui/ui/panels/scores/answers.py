"""The answers to what is asked first of a run, in the lines of a panel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from rich.text import Text

from objtui.advice.answers import Answer
from objtui.ui.charts.letters import wrapped
from objtui.ui.charts.words import cut, legible
from objtui.ui.theme import STRONG, Theme

MARGIN, INDENT = 1, 3
"""Cells before the first line of an answer, and before its others."""

_KEPT = 64  # answers: their lines are counted before they are put, at every drawing


def answer_rows(answers: Sequence[Answer], theme: Theme, width: int) -> int:
    """Lines that all of the answers fill."""
    return sum(len(_wrapped(each, theme, width)) for each in answers)


def answer_lines(answers: Sequence[Answer], theme: Theme, width: int, room: int) -> list[Text]:
    """The answers in at most `room` lines of `width` cells, the question in bold.

    Where lines lack the last answers stay, what to do before all, and each has one line before any
    has a second; what does not fit is cut.
    """
    kept = answers[len(answers) - min(max(room, 0), len(answers)) :]
    wanted = [_wrapped(each, theme, width) for each in kept]
    given = [1] * len(kept)
    for _ in range(room - len(kept)):
        short = [at for at, lines in enumerate(wanted) if given[at] < len(lines)]
        if short:
            given[min(short, key=lambda at: (given[at], -at))] += 1
    return [
        line
        for answer, lines, rows in zip(kept, wanted, given, strict=True)
        for line in _in_rows(lines, len(answer.question), theme, width, rows)
    ]


def at_the_end(answers: Sequence[Answer], theme: Theme, width: int, room: int) -> list[Text]:
    """The same as the last of so many lines, blank ones before them."""
    lines = answer_lines(answers, theme, width, room)
    return [*[Text()] * (room - len(lines)), *lines]


@lru_cache(maxsize=_KEPT)
def _wrapped(answer: Answer, theme: Theme, width: int) -> tuple[str, ...]:
    words = legible(answer.words.replace("−", theme.minus), theme)
    return tuple(wrapped(f"{answer.question} {words}", max(width - INDENT, 1)))


def _in_rows(
    lines: Sequence[str], question: int, theme: Theme, width: int, rows: int
) -> Iterator[Text]:
    """An answer in so many lines; its first `question` letters are the question."""
    for row, line in enumerate(lines[:rows]):
        indent = INDENT if row else MARGIN
        rest = " ".join(lines[row:]) if row == rows - 1 else line
        text = Text(f"{' ' * indent}{cut(rest, max(width - indent, 1), theme)}")
        if row == 0:
            text.stylize(STRONG, indent, indent + question)
        yield text
