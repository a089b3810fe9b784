"""What help says about one key."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """A key, or several that belong together, as the help screen shows it.

    Attributes:
        keys: the keys as they are written for people, such as "shift+tab".
        text: what they do.
        group: heading that they stand under.
    """

    keys: str
    text: str
    group: str
