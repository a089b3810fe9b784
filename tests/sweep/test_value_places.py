"""Where values of a factor lie."""

from __future__ import annotations

import pytest

from objtui.sweep.value_places import value_places


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (("1e-3", "1e-2", "1e-1"), "log"),
        (("1", "2", "5", "10"), "log"),
        (("16", "32", "64"), "log"),
        (("1", "10"), "log"),
        (("1", "2"), "linear"),
        (("1", "2", "3"), "linear"),
        (("0", "0.1", "1"), "linear"),
        (("-1", "10"), "linear"),
        (("sgd", "adam"), "even"),
        (("0.1", "nan"), "even"),
        (("3",), "even"),
    ],
)
def test_an_axis_is_logarithmic_where_that_spaces_its_values_more_evenly(
    values: tuple[str, ...], kind: str
) -> None:
    axis = value_places(values)
    assert axis.kind == kind
    assert all(0 <= place <= 1 for place in axis.places)


def test_places_keep_ratios_on_a_logarithmic_axis() -> None:
    low, middle, high = value_places(("1e-4", "1e-2", "1")).places
    assert middle - low == pytest.approx(high - middle)


def test_values_that_are_not_in_order_lie_where_they_belong() -> None:
    high, low = value_places(("5", "4")).places
    assert low < high
