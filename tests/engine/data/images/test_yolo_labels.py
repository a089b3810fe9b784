"""The lines of YOLO label files."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.engine.data.images.yolo_labels import in_pixels, parse_labels

share = st.floats(0.01, 0.99)
sides = st.integers(1, 8000)


@pytest.mark.parametrize(
    ("line", "box"),
    [
        ("0 0.5 0.5 0.5 0.25", (0.25, 0.375, 0.75, 0.625)),
        ("  0\t.5 5e-1   0.5 0.25  ", (0.25, 0.375, 0.75, 0.625)),
        ("0.0 0.5 0.5 0.5 0.25", (0.25, 0.375, 0.75, 0.625)),
        ("0 0.25 0.375 0.75 0.375 0.75 0.625", (0.25, 0.375, 0.75, 0.625)),
        ("0 0.25 0.5 0.5 0.375 0.75 0.5 0.5 0.625", (0.25, 0.375, 0.75, 0.625)),
    ],
)
def test_a_box_is_centre_and_size_and_a_polygon_the_box_around_it(
    line: str, box: tuple[float, ...]
) -> None:
    (label,) = parse_labels(line).labels
    assert (label.category, label.box, label.line) == (0, box, 1)


def test_empty_lines_count_but_are_no_labels() -> None:
    labels = parse_labels("\n0 .5 .5 .5 .5\n   \n3 .5 .5 .2 .2\n\n")
    assert [(label.line, label.category) for label in labels.labels] == [(2, 0), (4, 3)]
    assert not labels.problems


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("cell 0.5 0.5 0.5 0.5", "'cell' is not a finite number"),
        ("0 nan 0.5 0.5 0.5", "'nan' is not a finite number"),
        ("0 0.5 inf 0.5 0.5", "'inf' is not a finite number"),
        ("0 0.5 0_1 0.5 0.5", "'0_1' is not a finite number"),
        ("0,0.5,0.5,0.5,0.5", "has commas"),
        ("0 0,5 0,5 0,5 0,5", "has commas; expected numbers with decimal points"),
        ("0 0.5 0.5 0.5", "has 4 numbers; expected 5: class cx cy w h"),
        ("0", "has 1 number;"),
        ("0 0.5 0.5 0.5 0.5 0.9", "predictions saved with a confidence"),
        ("0 0.5 0.5 0.5 0.5 0.9 0.1 0.2", "has 8 numbers"),
        ("0.5 0.5 0.5 0.5 0.5", "class 0.5 is not a whole number"),
        ("-1 0.5 0.5 0.5 0.5", "class -1 is not a whole number from 0 on"),
        ("1e300 0.5 0.5 0.5 0.5", "class 1e+300 is not"),
        ("0 1.02 0.5 0.5 0.5", "the centre's x is 1.02, outside 0…1"),
        ("0 0.5 -0.02 0.5 0.5", "the centre's y is -0.02, outside 0…1"),
        ("0 0.5 0.5 320 0.5", "the width is 320, outside 0…1; YOLO has shares"),
        ("0 0.1 0.1 0.2 0.2 0.3 40", "y is 40, outside 0…1"),
        ("0 0.1 0.1 7 0.2 0.3 0.4", "x is 7, outside 0…1"),
    ],
)
def test_what_is_no_label_is_said(line: str, problem: str) -> None:
    labels = parse_labels(f"0 .5 .5 .5 .5\n{line}\n")
    assert [label.line for label in labels.labels] == [1]
    ((number, text),) = labels.problems
    assert number == 2
    assert problem in text


def test_keypoints_behind_a_box_are_passed_over() -> None:
    text = "0 .5 .5 .5 .5 .1 .1 2 .2 .2 0\n0 .5 .5 .2 .2\n0 .1 .1 .2 .2 .3 .3"
    labels = parse_labels(text, keypoints=6)
    assert [label.box for label in labels.labels] == [
        (0.25, 0.25, 0.75, 0.75),
        (0.4, 0.4, 0.6, 0.6),
    ]
    assert labels.problems == [
        (3, "has 7 numbers; with kpt_shape a line has 11: class cx cy w h and the keypoints")
    ]


def test_boxes_without_area_and_repeated_lines_are_told_apart() -> None:
    labels = parse_labels(
        "0 .5 .5 0 .5\n0 .5 .5 .5 -3\n0 .5 .5 .5 .5\n0 0.50 0.5 .5 .5\n1 .5 .5 .5 .5"
    )
    assert (labels.flat, labels.repeated) == ([1, 2], [4])
    assert [label.line for label in labels.labels] == [3, 5]


def test_a_little_beyond_the_image_is_taken() -> None:
    assert parse_labels("0 1.0000001 0.5 -0.0 0.5\n0 0.5 0.5 1.01 1").problems == []


@given(st.text(max_size=60))
def test_any_text_is_read_or_said_to_be_wrong(text: str) -> None:
    labels = parse_labels(text)
    lines = text.split("\n")
    for line, problem in labels.problems:
        assert 1 <= line <= len(lines)
        assert problem.isprintable()
    for label in labels.labels:
        assert all(map(math.isfinite, label.box))


@given(st.lists(st.tuples(st.integers(0, 80), share, share, share, share), max_size=20))
def test_labels_written_in_any_way_are_read_as_they_were(
    rows: list[tuple[int, float, float, float, float]],
) -> None:
    text = "\r\n".join(" ".join(map(repr, row)) for row in rows).replace("\r\n", "\n")
    labels = parse_labels(text)
    assert not labels.problems
    assert len(labels.labels) + len(labels.repeated) == len(rows)
    for label in labels.labels:
        category, x, y, w, h = rows[label.line - 1]
        left, top, right, bottom = label.box
        assert label.category == category
        assert math.isclose(left + right, 2 * x, abs_tol=1e-12)
        assert math.isclose(bottom - top, h, abs_tol=1e-12)
        assert math.isclose(right - left, w, abs_tol=1e-12)
        assert math.isclose(top + bottom, 2 * y, abs_tol=1e-12)


@given(sides, sides, st.data())
def test_halves_of_a_pixel_come_back_exactly_from_eleven_digits(
    width: int, height: int, data: st.DataObject
) -> None:
    left, right = sorted(data.draw(st.tuples(*[st.integers(0, 2 * width)] * 2)))
    top, bottom = sorted(data.draw(st.tuples(*[st.integers(0, 2 * height)] * 2)))
    if left == right or top == bottom:
        return
    x, y = (left + right) / 4 / width, (top + bottom) / 4 / height
    w, h = (right - left) / 2 / width, (bottom - top) / 2 / height
    (label,) = parse_labels(f"0 {x:.11f} {y:.11f} {w:.11f} {h:.11f}").labels
    assert in_pixels(label.box, width, height) == (left / 2, top / 2, right / 2, bottom / 2)
