"""What is wrong with the test of a claim, and where."""

from __future__ import annotations


class ClaimError(ValueError):
    """A test that is not in the language of claims.

    Attributes:
        message: what is wrong and what to write instead.
        column: where, in characters of the test, from 1.
    """

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message, column)
        self.message = message
        self.column = column

    def __str__(self) -> str:
        return f"column {self.column}: {self.message}"
