"""What a test may say, and what is said of one that may not."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from objtui.claims import ClaimError, check_claim
from objtui.claims.tokens import MAX_LENGTH
from objtui.measures.scores import DETECTOR_SCORE_NAMES, SCORE_NAMES

HEADS = ("bce", "ce", "mse", "with", "first")


def refusal(test: str, heads: tuple[str, ...] = HEADS) -> ClaimError:
    """The error of a test, which must be refused."""
    with pytest.raises(ClaimError) as caught:
        check_claim(test, heads)
    return caught.value


@pytest.mark.parametrize(
    "test",
    [
        "ce.gap < 1e-2",
        "0.1 < bce.nll <= 2 * ce.nll@100",
        "abs(bce.nll - ce.nll) < 1e-3 and not mse.recall@start >= .5",
        "first(mse.recall >= 0.5) > 10 * first(bce.recall >= 0.5)",
        "0.6 < slope(bce.weight_norm, 1e3, 1e5) < 0.8",
        "max(bce.ap, ce.ap, mse.ap) - min(bce.ap, ce.ap, mse.ap) < 0.05",
        "-log(bce.nll) > 1 or (ce.auc > .9 and ce.auc < 1)",
        "first(bce.recall >= 0.99 * bce.recall@1e9) < 1_000",
        "first(bce.nll < bce.nll@start / 2) < 100",
        "  bce.nll\n  < ce.nll ",
        "min(1, 2) < 3",
    ],
)
def test_the_language_of_claims_is_accepted(test: str) -> None:
    check_claim(test, HEADS)


@pytest.mark.parametrize("score", SCORE_NAMES)
def test_every_score_can_be_claimed(score: str) -> None:
    check_claim(f"bce.{score} < 1", HEADS)


def test_scores_of_detections_can_be_claimed_of_a_detector_alone() -> None:
    check_claim("bce.ap50 > 0.8 and ce.reach > .9", HEADS, DETECTOR_SCORE_NAMES)
    error = refusal("bce.ap50 > 0.8")
    assert error.column == 5
    assert error.message == (
        "score 'ap50' is of detections: only a run with backbone = \"conv\" has it"
    )


@pytest.mark.parametrize("head", ["with", "first", "and", "not", "lambda", "None", "start", "max"])
def test_a_head_may_be_called_as_a_word_of_python_is(head: str) -> None:
    check_claim(f"not {head}.nll < 1 and {head}.nll@start > {head}.ap", (head,))


def test_an_unknown_head_is_named_with_the_nearest_one() -> None:
    error = refusal("bce.nll < bec.nll")
    assert (error.column, error.message) == (11, "no head is called 'bec'; did you mean 'bce'?")
    assert str(error) == f"column 11: {error.message}"


def test_an_unknown_head_like_no_other_is_answered_with_those_there_are() -> None:
    assert refusal("zzz.nll < 1", ("bce", "ce")).message.endswith("known are bce, ce")


def test_all_unknown_names_of_a_test_are_named_at_once() -> None:
    error = refusal("bce.nlll < 1 and b.ap > 2 * b.nll and first(with.brir < 1) < c.xyz@3")
    assert [line.split("'")[:2] for line in error.lines()] == [
        ["column 5: no score is called ", "nlll"],
        ["column 18: no head is called ", "b"],
        ["column 50: no score is called ", "brir"],
        ["column 62: no head is called ", "c"],
        ["column 64: no score is called ", "xyz"],
    ]
    assert str(error).splitlines() == error.lines()


def test_unknown_names_come_with_what_else_is_wrong() -> None:
    error = refusal("bec.nll < 1 and exp(ce.nll) < 1")
    assert [line.split(":")[0] for line in error.lines()] == ["column 1", "column 17"]


def test_an_unknown_score_is_named_with_the_nearest_one() -> None:
    error = refusal("bce.nll < ce . briar")
    assert (error.column, error.message) == (
        16,
        "no score is called 'briar'; did you mean 'brier'?",
    )


@pytest.mark.parametrize(
    ("test", "column", "reason"),
    [
        ("", 1, "empty"),
        (" \n", 1, "empty"),
        ("bce.nll", 1, "comparison is expected"),
        ("1e-2", 1, "comparison is expected"),
        ("bce.nll < 1 and ce.nll", 17, "comparison is expected"),
        ("not bce.nll", 5, "comparison is expected"),
        ("first(bce.nll) < 3", 7, "comparison is expected"),
        ("1 < (bce.nll < 2)", 6, "number is expected"),
        ("abs(bce.nll < 2) < 1", 5, "number is expected"),
        ("bce.nll == 1", 9, "tolerance"),
        ("bce.nll != 1", 9, "tolerance"),
        ("bce.nll = 1", 9, "comparisons are < <= > >="),
        ("bce.nll < 2 ** 3", 13, "no powers"),
        ("bce.nll // 2 < 1", 9, "only division"),
        ("bce.nll % 2 < 1", 9, "refused"),
        ("bce.nll < 1 & ce.nll < 1", 13, "write and"),
        ("bce.nll < 1 || ce.nll < 1", 13, "write or"),
        ("!bce.nll < 1", 1, "write not"),
        ("bce.nll \N{LESS-THAN OR EQUAL TO} 1", 9, "write <="),
        ("bce.nll < \N{MINUS SIGN}1", 11, "keyboard"),
        ("bce.nll < +1", 11, "leave it out"),
        ("gap < 1", 1, "write bce.gap"),
        ("ce < 1", 1, "write a score of it"),
        ("wibble < 1", 1, "'wibble' is unknown"),
        ("bce.nll < abs", 11, "in parentheses"),
        ("bce.nll < 1 ce.nll < 2", 13, "operator is missing before 'ce'"),
        ("2 bce.nll < 1", 3, "operator is missing before 'bce'"),
        ("bce.nll not < 1", 9, "operator is missing before 'not'"),
        ("bce.nll <", 10, "ends too early"),
        ("bce.nll < < 1", 11, "'<' does not fit here"),
        ("(bce.nll < 1", 1, "never closed"),
        ("bce.nll) < (1", 8, "closes nothing"),
        ("bce.nll, 1 < 2", 1, "','"),
        ("bce.nll.x < 1", 1, "head.score"),
        ("(1).nll < 1", 1, "head.score"),
        ("abs(bce.nll).real < 1", 1, "head.score"),
        ("1.nll < 1", 1, "no number"),
        ("1j < bce.nll", 1, "no number"),
        ("0x10 < bce.nll", 1, "no number"),
        ("1__0 < bce.nll", 1, "no number"),
        ("1e999 < bce.nll", 1, "too large"),
        ("bce.nll < " + "9" * 400, 11, "too large"),
        ("exp(bce.nll) < 1", 1, "can be called"),
        ("logg(bce.nll) < 1", 1, "did you mean 'log'?"),
        ("bce.nll(1) < 1", 1, "can be called"),
        ("abs(1)(2) < 1", 1, "can be called"),
        ("abs() < 1", 1, "one argument"),
        ("log(bce.nll, 2) < 1", 1, "one argument"),
        ("min(bce.nll) < 1", 1, "two arguments"),
        ("max(*bce.nll, 1) < 1", 5, "between two numbers"),
        ("first() < 1", 1, "one argument"),
        ("first(1 < 2, 2 < 3) < 1", 1, "one argument"),
        ("slope(bce.nll) < 1", 1, "two steps"),
        ("slope(bce.nll@start, 1, 10) < 1", 1, "two steps"),
        ("slope(bce.nll, bce.nll, 10) < 1", 1, "two steps"),
        ("slope(bce.nll, 100, 10) < 1", 21, "above the first"),
        ("slope(bce.nll, 0, 1) < 1", 19, "above the first"),
        ("bce.nll@ < 1", 10, "whole step"),
        ("bce.nll@", 8, "whole step"),
        ("bce.nll@-1 < 1", 9, "whole step"),
        ("bce.nll@1.5 < 1", 9, "whole step"),
        ("bce.nll@end < 1", 9, "whole step"),
        ("bce.nll@ce.nll < 1", 9, "whole step"),
        ("bce.nll@start.x < 1", 9, "whole step"),
        ("bce.nll@start(1) < 1", 9, "whole step"),
        ("(bce.nll)@100 < 1", 10, "right behind a score"),
        ("abs(bce.nll)@100 < 1", 13, "right behind a score"),
        ("bce.nll@100@200 < 1", 12, "right behind a score"),
        ("max(@100, 1) < 1", 5, "right behind a score"),
        ("1 < @start", 5, "right behind a score"),
    ],
)
def test_what_is_no_test_is_refused_with_place_and_reason(
    test: str, column: int, reason: str
) -> None:
    error = refusal(test)
    assert reason in error.message
    assert error.column == column


@pytest.mark.parametrize(
    ("test", "column"),
    [
        ("bce.nll < 1; import os", 12),
        ("__import__('os').system('true')", 12),
        ("bce.__class__ < 1", 5),
        ("__builtins__.nll < 1", 1),
        ("(lambda: 1)() < 2", 8),
        ("(x := 1) < 2", 4),
        ("[bce.nll][0] < 1", 1),
        ("bce['nll'] < 1", 4),
        ("{1} < bce.nll", 1),
        ("f'{bce}' < 1", 2),
        ('"a" < "b"', 1),
        ("min(x for x in bce.nll) < 1", 7),
        ("bce.nll if 1 < 2 else ce.nll < 1", 9),
        ("await bce.nll < 1", 1),
        ("(yield) < 1", 2),
        ("bce.nll in ce.nll", 9),
        ("bce.nll is None", 9),
        ("True < bce.nll", 1),
        ("max(key=bce.nll) < 1", 8),
        ("max(1, 2, **bce) < 1", 11),
        ("bce.nll < 1 # and so on", 13),
        ("bce.nll < 1 \\", 13),
        ("bce.nll < `1`", 11),
        ("bce.nll < 1\0", 12),
        ("bce.nll < 1\x1b[2J", 12),
        ("... < bce.nll", 1),
        ("~bce.nll < 1", 1),
        ("9 ** 9 ** 9 ** 9 < bce.nll", 3),
    ],
)
def test_python_that_is_not_of_the_language_is_refused(test: str, column: int) -> None:
    assert refusal(test).column == column


@pytest.mark.parametrize(
    ("test", "column", "named"),
    [
        ("b\N{CYRILLIC SMALL LETTER ES}e.nll < 1", 2, "U+0441, CYRILLIC SMALL LETTER ES"),
        ("\N{MATHEMATICAL BOLD SMALL B}ce.nll < 1", 1, "U+1D41B, MATHEMATICAL BOLD SMALL B"),
        ("bce.nll < \N{FULLWIDTH DIGIT ONE}", 11, "U+FF11, FULLWIDTH DIGIT ONE"),
        ("bce.nll <\N{NO-BREAK SPACE}1", 10, "U+00A0, NO-BREAK SPACE"),
        ("bce.nll < 1\u202e", 12, "U+202E, RIGHT-TO-LEFT OVERRIDE"),
        ("bce.nll < 1\ud800", 12, "U+D800, a control character"),
    ],
)
def test_look_alikes_are_refused_by_their_names(test: str, column: int, named: str) -> None:
    error = refusal(test)
    assert named in error.message
    assert error.column == column


@pytest.mark.parametrize(
    "test",
    [
        "(" * 249 + "1" + ")" * 249,
        "-" * 480 + "1 < 2",
        "not " * 120 + "1 < 2",
        "abs(" * 90 + "1" + ")" * 90 + " < 2",
        "first(" * 60 + "1 < 2" + ") < 2" * 60,
        "1" + "+1" * 240 + " < 2",
        "1 < 2" + " " * MAX_LENGTH,
        "(" * 200_000,
        "bce.nll" * 1_000_000,
    ],
)
def test_long_and_deep_tests_are_refused_at_once(test: str) -> None:
    started = time.process_time()
    refusal(test)
    assert time.process_time() - started < 5  # processor time of a few milliseconds, with room


def test_the_longest_test_is_accepted() -> None:
    check_claim("bce.nll < 1".ljust(MAX_LENGTH), HEADS)


WORDS = st.one_of(
    st.sampled_from(["bce", "nll", "start", ".", "@", "1", "100", "1e3", ".5", "1.", "bce.nll"]),
    st.sampled_from(["<", "<=", ">", ">=", "+", "-", "*", "/", "(", ")", ",", "bce.nll@", "< 1"]),
    st.sampled_from(["and", "or", "not", "abs(", "min(", "first(", "slope(", "log", "max"]),
    st.sampled_from(["lambda", "if", "for", "is", "in", "None", "yield", "await", "f'", "j"]),
    st.sampled_from(["=", "==", "**", "//", ":", "[", "]", "{", "}", "'", '"', "#", "\\", "\n"]),
    st.sampled_from(["\0", "_", "é", "1_0", "0x1", "...", "->", ";", "!", "~", "%", "&", "9" * 30]),
)


@settings(deadline=None)
@given(st.one_of(st.text(), st.lists(WORDS).map("".join), st.lists(WORDS).map(" ".join)))
@example("1if 1else 2")
@example("'\\d'")
def test_any_text_is_accepted_or_refused_at_a_place_and_nothing_else(text: str) -> None:
    column = 1
    try:
        check_claim(text, HEADS)
    except ClaimError as error:
        column = error.column
    assert 1 <= column <= len(text) + 1
