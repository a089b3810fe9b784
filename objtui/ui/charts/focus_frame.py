"""The frame of the panel that has the focus: heavier than the others, without colour too."""

from __future__ import annotations

import re

from rich.text import Text

from objtui.ui.theme import STRONG, Theme

_RULE = re.compile("-{3,}|─{3,}")  # shorter ones are signs and stand between words
_RULES = {"-": "=", "─": "━"}


def in_focus(lines: list[Text], theme: Theme) -> list[Text]:
    """The lines of a framed panel, of the same width, with a heavy frame and a bold title."""
    if len(lines) < 2:
        return lines
    side, *corners = ("#", "##", "##") if theme.glyphs == "ascii" else ("┃", "┏┓", "┗┛")
    heavy = []
    for at, line in enumerate(lines):
        framed, plain = line.copy(), line.plain
        if at in (0, len(lines) - 1):
            ruled = _RULE.sub(lambda rule: _RULES[rule[0][0]] * len(rule[0]), plain[1:-1])
            corner = corners[at > 0]
            framed.plain = f"{corner[0]}{ruled}{corner[1]}"
            framed.stylize(STRONG)
        else:
            framed.plain = f"{side}{plain[1:-1]}{side}"
            framed.stylize(STRONG, 0, 1)
            framed.stylize(STRONG, len(plain) - 1)
        heavy.append(framed)
    return heavy
