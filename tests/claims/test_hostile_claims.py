"""Tests written to do harm: refused at a place, with a reason, before they cost anything.

A scenario may come from anywhere. Its tests are parsed by Python's parser, so
everything that Python's grammar allows is tried here against the language of claims.
"""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.claims import ClaimError, check_claim

HEADS = ("bce", "ce", "mse")

ACCEPTED = (
    "ce.gap < 1e-2",
    "0.1 < bce.nll <= 2 * ce.nll@100",
    "abs(bce.nll - ce.nll) < 1e-3 and not mse.recall@start >= .5",
    "first(mse.recall >= 0.5) > 10 * first(bce.recall >= 0.5)",
    "0.6 < slope(bce.weight_norm, 1e3, 1e5) < 0.8 or max(bce.ap, ce.ap, mse.ap) > 0.9",
)

LIMIT_S = 5.0
"""Processor time of one test: milliseconds, with room for a slow machine and for the collection
of what other tests have left; without end for what is tried here.
"""


def refusal(test: str) -> ClaimError:
    """The error of a test, which must be refused, at once, at a place and in one line."""
    started = time.process_time()
    with pytest.raises(ClaimError) as caught:
        check_claim(test, HEADS)
    assert time.process_time() - started < LIMIT_S
    for error in (caught.value, *caught.value.more):
        assert 1 <= error.column <= len(test) + 1
        assert error.message
        assert error.message.isprintable()
    return caught.value


@pytest.mark.parametrize("test", ACCEPTED)
def test_the_tests_that_are_tampered_with_below_are_accepted(test: str) -> None:
    check_claim(test, HEADS)


@pytest.mark.parametrize(
    "test",
    [
        # comprehensions and other expressions with a scope of their own
        "[1 for x in bce] < 1",
        "{1 for x in bce} < 1",
        "{1: 2 for x in bce} < 1",
        "max(x for x in (1, 2)) < 1",
        "max([x for x in (1, 2)]) < 1",
        "(lambda x=1: x)() < 1",
        "[y := 1, y ** 2][0] < 1",
        # attributes
        "().__class__.__bases__[0] < 1",
        "bce.nll.__class__ < 1",
        "bce.__init__.__globals__ < 1",
        "abs.__self__ < 1",
        "first.__doc__ < 1",
        "(bce.nll).real < 1",
        # calls
        "eval('1') < 1",
        "getattr(bce, 'nll') < 1",
        "open('/etc/passwd').read() < 1",
        "print(1) < 1",
        "pow(9, 99999999) < 1",
        "abs(abs)(1) < 1",
        "min(*[1, 2]) < 1",
        "log(x=1) < 1",
        # names
        "__builtins__ < 1",
        "self < 1",
        "True < 1",
        "None < 1",
        "NotImplemented < bce.nll",
        "nan < bce.nll",
        "inf > bce.nll",
        # values of other kinds
        "'a' * 999999999 < 'b'",
        "b'a' < b'b'",
        "f'{bce.nll}' < 1",
        "[] < [1]",
        "{} < 1",
        "bce.nll[0] < 1",
        "bce.nll[::] < 1",
        # huge numbers and powers
        "9 ** 9 ** 9 ** 9 ** 9 < bce.nll",
        "bce.nll ** 99999999 < 1",
        "1 << 999999999 < bce.nll",
        "1e99999 < bce.nll",
        "9" * 400 + " < bce.nll",
        "bce.nll@" + "9" * 400 + " < 1",
        # statements
        "import os",
        "bce.nll = 1",
        "bce.nll < 1\nimport os",
        "bce.nll < 1; exit()",
        "del bce",
        "assert 1 < 2",
        "async def f(): 1 < 2",
    ],
)
def test_what_python_allows_and_claims_do_not_is_refused(test: str) -> None:
    refusal(test)


FOREIGN = "$?;[]{}'\"`#\\~^:\0\x07\x1b\x7f"


@given(
    st.sampled_from(ACCEPTED),
    st.one_of(
        st.sampled_from(FOREIGN),
        st.characters(min_codepoint=128, exclude_categories=()),
    ),
    st.data(),
)
@settings(deadline=None)
def test_a_foreign_character_is_refused_where_it_stands(
    test: str, character: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(test)), label="place")
    error = refusal(test[:place] + character + test[place:])
    assert error.column <= place + 1
    if not re.search(r"[0-9.]e?[-+]?$", test[:place]):  # where it does not cut a number short
        assert error.column == place + 1


@given(st.sampled_from(ACCEPTED), st.sampled_from([0xFEE0, 0x1D400 - ord("A")]), st.data())
@settings(deadline=None)
def test_a_letter_that_only_looks_right_is_refused_where_it_stands(
    test: str, offset: int, data: st.DataObject
) -> None:
    """Python itself reads full-width and mathematical letters as the plain ones."""
    places = [i for i, character in enumerate(test) if character.isalpha()]
    place = data.draw(st.sampled_from(places), label="place")
    letter = test[place]
    shift = offset - 6 if offset > 0xFFFF and letter.islower() else offset
    look_alike = chr(ord(letter) + shift)
    assert refusal(test[:place] + look_alike + test[place + 1 :]).column <= place + 1


PYTHON = st.sampled_from(
    [
        "__import__('os')",
        "bce.__class__",
        "(lambda: 0)()",
        "[0 for _ in bce]",
        "(x := 1)",
        "9 ** 9 ** 9",
        "1 if 1 < 2 else 0",
        "exec('1')",
        "{**bce}",
        "f'{bce}'",
        "bce['nll']",
        "bce.nll()",
    ]
)


@given(PYTHON, st.sampled_from(["{} < 1", "1 < {}", "abs({}) < 1", "max(1, {}) < 2"]))
def test_python_is_refused_wherever_a_number_may_stand(piece: str, frame: str) -> None:
    refusal(frame.replace("{}", piece))


@given(
    st.lists(st.sampled_from(["(", "abs(", "-", "not ", "first(", "min(1,", "1+", "[", "{"])),
    st.integers(1, 2000),
)
@settings(deadline=None, max_examples=60)
def test_nesting_of_any_depth_is_answered_at_once(openers: list[str], times: int) -> None:
    test = "".join(openers) * times + "bce.nll < 1"
    closing = {"(": ")", "abs(": ")", "first(": ")", "min(1,": ")", "[": "]", "{": "}"}
    test += "".join(closing.get(opener, "") for opener in reversed(openers)) * times
    started = time.process_time()
    column = 1
    try:
        check_claim(test, HEADS)
    except ClaimError as error:
        column = error.column
    assert time.process_time() - started < LIMIT_S
    assert 1 <= column <= len(test) + 1
