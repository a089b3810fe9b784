"""Values out of the texts of a run file, however those are made."""

from __future__ import annotations

import json
from typing import Any


def parse_json(text: object) -> Any:
    """What a text of JSON says; ValueError where it is none, or cannot be taken in."""
    if not isinstance(text, str):
        raise ValueError("not a text")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
