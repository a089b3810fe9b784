"""What is wrong with the test of a claim, and where."""

from __future__ import annotations

from collections.abc import Sequence


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
