"""The glossary: each word once, explained in words that the glossary or the reader has."""

from __future__ import annotations

from objtui.measures.scores import DETECTION_SCORE_NAMES
from objtui.text.glossary import GLOSSARY


def test_every_word_is_explained_once() -> None:
    names = [name for names, _ in GLOSSARY for name in names.split(", ")]
    assert len(names) == len(set(names))
    assert all(meaning and not meaning.endswith(".") for _, meaning in GLOSSARY)


def test_it_has_the_words_that_the_program_rests_on() -> None:
    names = {name for names, _ in GLOSSARY for name in names.split(", ")}
    assert names >= {
        "objectness",
        "head",
        "logit",
        "member",
        "frame",
        "run",
        "claim",
        "anchor",
        "saturated",
        "prior",
        "calibration error",
    }


def test_it_has_every_score_of_detections() -> None:
    names = {name for names, _ in GLOSSARY for name in names.split(", ")}
    assert names >= {*DETECTION_SCORE_NAMES, "ap_p"}
