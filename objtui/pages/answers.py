"""What is asked first of runs, answered in words for the moments of a page."""

from __future__ import annotations

from typing import Any

import numpy as np

from objtui.advice.advise import advice_at
from objtui.advice.answers import RunFacts, answers, facts_of
from objtui.runs.comparison import Comparison
from objtui.text.terminal import printable

MAX_JUDGED = 20_000
"""Members, times the moments at which they are judged: of many members fewer moments are."""


def answer_words(runs: Comparison, step: int) -> list[list[str]]:
    """[question, answer] by the last frame of every run up to a step, as the dashboard says it."""
    labels = runs.labels if runs.several else [""]
    facts: dict[str, RunFacts] = {}
    for label, source in zip(labels, runs.sources, strict=True):
        evidence, said = advice_at(source, step)
        if evidence is not None and said:
            facts[label] = facts_of(evidence, said)
    return [[each.question, printable(each.words)] for each in answers(facts, labels[0])]


def add_answers(runs: Comparison, frames: list[dict[str, Any]]) -> None:
    """Put the answers into moments, spread evenly with the last one, as many as may be judged."""
    headers = [history.header for history in runs.histories]
    members = sum(len(header.heads) * len(header.seeds) for header in headers)
    most = max(MAX_JUDGED // max(members, 1), 1)
    last = len(frames) - 1
    for at in np.unique(np.linspace(last, 0, min(most, len(frames))).round().astype(int)):
        frames[at]["answers"] = answer_words(runs, frames[at]["step"])
