"""Options of a class: their values from a file that anybody may have written."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from objtui.options import option, sound_values, with_options


@dataclass(frozen=True)
class Owner:
    exponent: float = option(2.0, "Exponent", ge=0)
    limit: float | None = option(None, "Limit", gt=0)
    ends: tuple[float, float] = option((0.1, 0.9), "Ends", ge=0, lt=1)
    clipped: bool = option(False, "Clipping")
    kind: str = option("soft", "Kind", choices=("soft", "hard"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exponent", 0.5),
        ("exponent", 3),
        ("limit", 1e-9),
        ("ends", [0, 0.5]),
        ("clipped", True),
        ("kind", "hard"),
    ],
)
def test_a_value_within_its_limits_is_taken(name: str, value: object) -> None:
    taken = tuple(value) if isinstance(value, list) else value
    assert getattr(with_options(Owner, sound_values(Owner, {name: value})), name) == taken


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exponent", -1),
        ("exponent", True),
        ("exponent", "2"),
        ("exponent", float("nan")),
        ("exponent", 10**400),
        ("limit", 0),
        ("ends", [0.5]),
        ("ends", [0, 1]),
        ("ends", 0.5),
        ("clipped", 1),
        ("kind", "other"),
        ("kind", ["hard"]),
        ("of none", 1),
    ],
)
def test_any_other_is_passed_over(name: str, value: object) -> None:
    assert sound_values(Owner, {name: value}) == {}
