"""The words of a test, screened, and the same words as a Python expression.

Only a short closed list of characters and words gets through, so that whatever
reaches Python's parser is small, ASCII and free of strings, brackets, powers,
assignments and keywords other than `and`, `or`, `not`.
"""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

MAX_LENGTH = 500
"""Characters of a test."""

MAX_PARENTHESES = 20
"""Parentheses open at once."""

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<number>(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign><=|>=|[-<>+*/().,@])",
    re.ASCII,
)

_JOINERS = frozenset({"and", "or", "not"})

_EQUALITY = "scores are seldom equal to the last bit: compare abs(a - b) with a tolerance"
_HINTS = {
    "==": _EQUALITY,
    "!=": _EQUALITY,
    "**": "there are no powers: write x * x",
    "//": "the only division is /",
    "&&": "write and",
    "||": "write or",
    "=": "comparisons are < <= > >=",
    "&": "write and",
    "|": "write or",
    "!": "write not",
    "^": "there are no powers: write x * x",
    "\N{LESS-THAN OR EQUAL TO}": "write <=",
    "\N{GREATER-THAN OR EQUAL TO}": "write >=",
    "\N{MINUS SIGN}": "write the minus of the keyboard, -",
    "\N{EN DASH}": "write the minus of the keyboard, -",
    "\N{MULTIPLICATION SIGN}": "write *",
    "\N{MIDDLE DOT}": "write *",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a test; `start` counts its characters from 0."""

    kind: Literal["number", "name", "sign"]
    text: str
    start: int

    @property
    def column(self) -> int:
        """Where it stands, from 1."""
        return self.start + 1

    @property
    def end(self) -> int:
        """The position after its last character."""
        return self.start + len(self.text)


class Source:
    """A test as screened tokens, and as the text of a Python expression.

    In `python` every name beside a dot has an underscore before it, so that a
    head may be called as Python's own words are (`with.nll`), and `@` is `**`,
    the one operator of Python that binds to the score alone in `2 * a.x@100`
    and `-a.x@100`. Screening lets no other `**` through.

    Raises ClaimError.
    """

    def __init__(self, test: str) -> None:
        self.test = test
        self.tokens = _scan(test)
        _check_parentheses(self.tokens)
        words = [self._screened(index) for index in range(len(self.tokens))]
        self.python = " ".join(words)
        self._starts: list[int] = []  # where each token starts in `python`
        position = 0
        for word in words:
            self._starts.append(position)
            position += len(word) + 1

    def token_at(self, offset: int) -> Token | None:
        """The token at an offset of `python`, from 0; None past the end."""
        if offset >= len(self.python):
            return None
        index = max(i for i, start in enumerate(self._starts) if start <= offset)
        return self.tokens[index]

    def text_between(self, start: int, end: int) -> str:
        """The characters of the test behind `python[start:end]`."""
        first, last = self.token_at(start), self.token_at(end - 1)
        if first is None or last is None:
            raise IndexError(f"{start}:{end} is outside of the expression")
        return self.test[first.start : last.end]

    def _screened(self, index: int) -> str:
        """A token as Python writes it, checked against its neighbours."""
        token = self.tokens[index]
        before = self.tokens[index - 1] if index else None
        beside_dot = self._sign(index - 1, ".") or self._sign(index + 1, ".")
        if token.kind == "sign":
            if token.text == "@":
                self._check_moment(index)
                return "**"
            return token.text
        if token.text in {"and", "or"} and not beside_dot:
            return token.text
        if before is not None and _ends_operand(before) and not self._joiner(index - 1):
            raise ClaimError(f"an operator is missing before '{token.text}'", token.column)
        if token.kind == "number":
            return repr(_value(token))
        if beside_dot:
            return "_" + token.text
        if keyword.iskeyword(token.text) and token.text not in _JOINERS:
            raise ClaimError(f"'{token.text}' is no word of a claim", token.column)
        return token.text

    def _check_moment(self, index: int) -> None:
        """Whether an `@` stands between `head.score` and a step or `start`."""
        token = self.tokens[index]
        kinds = [part.kind for part in self.tokens[max(index - 3, 0) : index]]
        if kinds != ["name", "sign", "name"] or not self._sign(index - 2, "."):
            raise ClaimError("'@' goes right behind a score, as in bce.nll@100", token.column)
        moment = self.tokens[index + 1] if index + 1 < len(self.tokens) else None
        if moment is not None and moment.kind == "number" and _value(moment).is_integer():
            return
        if moment is not None and moment.text == "start":
            return
        column = token.column if moment is None else moment.column
        raise ClaimError("behind '@' stands a whole step, as in @100, or start", column)

    def _sign(self, index: int, text: str) -> bool:
        return 0 <= index < len(self.tokens) and self.tokens[index].text == text

    def _joiner(self, index: int) -> bool:
        """Whether a token is `and`, `or`, `not`, and not a head or score of that name."""
        beside_dot = self._sign(index - 1, ".") or self._sign(index + 1, ".")
        return self.tokens[index].text in _JOINERS and not beside_dot


def _scan(test: str) -> list[Token]:
    if len(test) > MAX_LENGTH:
        raise ClaimError(f"a test has at most {MAX_LENGTH} characters", MAX_LENGTH + 1)
    tokens: list[Token] = []
    position = 0
    while position < len(test):
        for refused in (test[position : position + 2], test[position]):
            if refused in _HINTS:
                raise ClaimError(f"'{refused}' is refused: {_HINTS[refused]}", position + 1)
        match = _TOKEN.match(test, position)
        if match is None:
            raise ClaimError(f"{_described(test[position])} is refused", position + 1)
        kind, text = match.lastgroup, match.group()
        if kind == "number":
            _check_number_ends(test, match)
            tokens.append(Token("number", text, position))
        elif kind == "name":
            tokens.append(Token("name", text, position))
        elif kind == "sign":
            tokens.append(Token("sign", text, position))
        position = match.end()
    if not tokens:
        raise ClaimError("the test is empty: write a comparison, such as ce.gap < 1e-2", 1)
    return tokens


def _check_number_ends(test: str, match: re.Match[str]) -> None:
    following = test[match.end() : match.end() + 1]
    if following.isascii() and (following.isalnum() or following in {"_", "."}):
        wrong = f"{match.group()}{following}…"
        raise ClaimError(f"'{wrong}' is no number: write it as 100, 0.5 or 1e-3", match.start() + 1)


def _check_parentheses(tokens: list[Token]) -> None:
    opened: list[Token] = []
    for token in tokens:
        if token.text == "(":
            opened.append(token)
            if len(opened) > MAX_PARENTHESES:
                raise ClaimError(f"more than {MAX_PARENTHESES} parentheses open", token.column)
        elif token.text == ")":
            if not opened:
                raise ClaimError("')' closes nothing", token.column)
            opened.pop()
    if opened:
        raise ClaimError("'(' is never closed", opened[-1].column)


def _ends_operand(token: Token) -> bool:
    return token.kind != "sign" or token.text == ")"


def _value(token: Token) -> float:
    """A number's value, which is finite."""
    value = float(token.text)
    if not math.isfinite(value):
        raise ClaimError("the number is too large", token.column)
    return value


def _described(character: str) -> str:
    """A character for a person: itself and, where it may look like another, its name."""
    if character.isascii() and character.isprintable():
        return f"'{character}'"
    name = unicodedata.name(character, "a control character")
    shown = f"'{character}' " if character.isprintable() else ""
    return f"{shown}(U+{ord(character):04X}, {name})"


class ClaimError(ValueError):
    """A test that is not in the language of claims.

    Attributes:
        message: what is wrong and what to write instead.
        column: where, in characters of the test, from 1.
        more: what else is wrong in the same test.
    """

    def __init__(self, message: str, column: int, more: Sequence[ClaimError] = ()) -> None:
        super().__init__(message, column, more)
        self.message = message
        self.column = column
        self.more = tuple(more)

    def lines(self) -> list[str]:
        """Everything that is wrong, a line each."""
        first = f"column {self.column}: {self.message}"
        return [first, *(line for error in self.more for line in error.lines())]

    def __str__(self) -> str:
        return "\n".join(self.lines())
