"""The word that a slip of the pen most likely meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import islice

_MAX_WORDS = 300  # that are compared, each with every word that is wrong


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that `word` is most likely a slip of, or None."""
    by_lower = {each.lower(): each for each in islice(words, _MAX_WORDS)}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None
