"""The glossary and the scores, as a page of the help."""

from __future__ import annotations

from objtui.measures.scores import DETECTION_SCORES, GROUPS, SCORES
from objtui.text.glossary import GLOSSARY
from objtui.ui.key import KeyHelp


def words_and_scores() -> list[KeyHelp]:
    """Every word and its meaning, then every score by what it is about, as columns call it."""
    words = [KeyHelp(word, meaning, "Words") for word, meaning in GLOSSARY]
    scores = sorted((*SCORES, *DETECTION_SCORES), key=lambda score: GROUPS.index(score.group))
    return [
        *words,
        *(KeyHelp(score.label, score.meaning, f"Scores: {score.group}") for score in scores),
    ]
