"""Commands that a person can copy into a shell, whatever their words are.

Names of files and of arrays come from others: a newline in one would begin a line that nobody
wrote, and what steers a terminal is taken out of everything that is printed, so that the command
would name something else.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable

from objtui.text.terminal import printable


def shell_join(words: Iterable[str]) -> str:
    """A command of these words, in one line that is printed as it is."""
    return " ".join(map(shell_quote, words))


def shell_quote(word: str) -> str:
    """A word as a shell reads it: plain, quoted, or in the notation $'…' of bash, zsh and ksh.

    That is for what is not printed as it is, byte by byte, since a name need not be UTF-8.
    """
    if printable(word, "") == word:
        return shlex.quote(word)
    escaped = "".join(_escaped(letter) for letter in word)
    return f"$'{escaped}'"


def _escaped(letter: str) -> str:
    if letter in "\\'":
        return f"\\{letter}"
    if printable(letter, "") == letter:
        return letter
    # Octal, of three digits always: a hexadecimal one would go on with a digit behind it.
    return "".join(f"\\{byte:03o}" for byte in os.fsencode(letter))
