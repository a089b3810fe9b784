"""The frame of the panel that has the focus: heavier than the others, without colour too."""

from __future__ import annotations

import re

from rich.style import Style
from rich.text import Text

from objtui.ui.theme import STRONG, Theme

_RULE = re.compile("-{3,}|─{3,}")  # shorter ones are signs and stand between words
_RULES = {"-": "=", "─": "━"}


def in_focus(lines: list[Text], theme: Theme) -> list[Text]:
    """The lines of a framed panel, of the same width: a heavy frame, bold where it has no hue."""
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
            _embolden(framed)
        else:
            framed.plain = f"{side}{plain[1:-1]}{side}"
            framed.stylize(STRONG, 0, 1)
            framed.stylize(STRONG, len(plain) - 1)
        heavy.append(framed)
    return heavy


def _embolden(line: Text) -> None:
    """Make bold what has no hue: many terminals show a bold hue as the bright one."""
    hued = sorted((span.start, span.end) for span in line.spans if _has_hue(span.style))
    at = 0
    for start, end in [*hued, (len(line), len(line))]:
        if at < start:
            line.stylize(STRONG, at, start)
        at = max(at, end)


def _has_hue(style: str | Style) -> bool:
    parsed = Style.parse(style) if isinstance(style, str) else style
    return parsed.color is not None and not parsed.color.is_default
