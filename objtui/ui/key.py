"""What a key of a screen is, and how help and footer write keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from textual.binding import BindingsMap

S = TypeVar("S")
"""The screen that a key acts on."""

LAST_HINTS = ("stop", "continue", "what to do", "help", "quit")
"""Words of the footer that come last, and are the last to go where it is narrow."""

FOCUS_HINT = "focus"
"""The word of the footer for the key that moves the focus."""


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


@dataclass(frozen=True, slots=True)
class Key(Generic[S]):
    """A key of a screen.

    Attributes:
        keys: names of the keys as Textual has them, the first one shown.
        shown: how the keys are written for people.
        action: what it does with the screen.
        text: what it does in words, for help and palette.
        group: heading in the help.
        footer: what the footer says, in a word or two; empty to leave it out.
        zoomed: whether the footer names it only, and first, while a panel is zoomed.
        commands: whether it commands the training, and does nothing where there is none.
        begins: whether it begins a training, and does nothing while there is one.
        together: keys and words of the one row that it shares with others in the help.
    """

    keys: tuple[str, ...]
    shown: str
    action: Callable[[S], Awaitable[None] | None]
    text: str
    group: str
    footer: str = ""
    commands: bool = False
    begins: bool = False
    zoomed: bool = False
    together: tuple[str, str] | None = None

    @property
    def help(self) -> KeyHelp:
        """Its row in the help."""
        keys, text = self.together or (self.shown, self.text)
        return KeyHelp(keys, text, self.group)


def bound_to_one(inherited: BindingsMap, keys: Sequence[Key[S]]) -> BindingsMap:
    """The bindings of one screen, whose action `press(n)` does what key n does: those that its
    class has, and in their places, where they are the same, these.

    What `BindingsMap.copy` gives would not do: screens of a class share its lists, by key.
    """
    from textual.binding import BindingsMap

    bindings = BindingsMap()
    bindings.key_to_bindings = {
        key: list(bound) for key, bound in inherited.key_to_bindings.items()
    }
    for number, key in enumerate(keys):
        bindings.bind(",".join(key.keys), f"press({number})", priority=True, show=False)
    return bindings


def help_rows(keys: Sequence[Key[S]]) -> list[KeyHelp]:
    """A row a key, group by group in the order in which groups come first."""
    groups = list(dict.fromkeys(key.group for key in keys))
    rows = dict.fromkeys(key.help for key in keys)
    return sorted(rows, key=lambda row: groups.index(row.group))


def footer_hints(
    keys: Sequence[Key[S]], *, training: bool, zoomed: bool = False, out_of_sight: int = 0
) -> list[tuple[str, str]]:
    """Keys of the footer and their words; those of LAST_HINTS at the end.

    `training`: whether there is a training that keys could command; `zoomed`: whether a panel is;
    `out_of_sight`: heads whose panels have no room, which the key of the focus brings into sight.
    """
    named = [
        key
        for key in keys
        if key.footer
        and not (key.begins if training else key.commands)
        and (zoomed or not key.zoomed)
    ]
    named.sort(key=lambda key: not key.zoomed)
    hints = [(key.together[0] if key.together else key.shown, key.footer) for key in named]
    if out_of_sight:
        heads = f"{out_of_sight} more head{'s' if out_of_sight > 1 else ''}"
        moving = [(key, heads) for key, word in hints if word == FOCUS_HINT]
        hints = [*moving, *(hint for hint in hints if hint[1] != FOCUS_HINT)]
    return sorted(
        hints, key=lambda hint: LAST_HINTS.index(hint[1]) if hint[1] in LAST_HINTS else -1
    )
