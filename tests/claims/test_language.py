"""The tables of the language say what the parser takes."""

from __future__ import annotations

import pytest

from objtui.claims import ClaimError, check_claim
from objtui.claims.language import FUNCTIONS, OPERATORS, SCORES_OF_HEADS, Form

HEADS = ("bce", "ce", "mse")


@pytest.mark.parametrize(
    "form", [*SCORES_OF_HEADS, *OPERATORS, *FUNCTIONS.values()], ids=lambda form: form.written
)
def test_every_example_is_a_test(form: Form) -> None:
    check_claim(form.example, HEADS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_one_of_the_language_and_its_example_calls_it(name: str) -> None:
    form = FUNCTIONS[name]
    assert form.written.startswith(f"{name}(")
    assert f"{name}(" in form.example


@pytest.mark.parametrize("name", ["exp", "sqrt", "sum", "mean", "round"])
def test_no_other_function_can_be_called(name: str) -> None:
    with pytest.raises(ClaimError, match=f"only {', '.join(FUNCTIONS)} can be called"):
        check_claim(f"{name}(bce.ap) > 1", HEADS)
