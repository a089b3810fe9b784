"""The chart of a sweep as text: a strip, a map, lines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.text import Text

from objtui.sweep.halving import STOPPED_EARLY
from objtui.sweep.plan import Factor
from objtui.ui.charts.ramp import RAMP
from objtui.ui.sweep.chart import chart_panel
from objtui.ui.sweep.heat_map import Window
from objtui.ui.sweep.order import Order
from objtui.ui.sweep.reading import SweepMoment
from objtui.ui.theme import Theme
from tests.ui.sweep.sweep_cases import ASCII, KIND, RATE, SCALE, a_moment

ORDER = Order.of("bce.ap")
STRIP = a_moment(RATE, aps=[0.5, 0.9, 0.7])
MAP = a_moment(RATE, SCALE, aps=[0.1, 0.2, 0.3, 0.4, 0.6])
LINES = a_moment(RATE, SCALE, KIND, aps=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
WAITING = [a_moment(*factors, aps=[]) for factors in ((RATE,), (RATE, SCALE), (RATE, SCALE, KIND))]


def panel(
    moment: SweepMoment, theme: Theme = ASCII, size: tuple[int, int] = (60, 14), cell: str = ""
) -> list[Text]:
    lines = chart_panel(moment, ORDER, cell, theme, *size)
    assert [line.cell_len for line in lines] == [size[0]] * size[1]
    return lines


def text(lines: list[Text]) -> str:
    return "\n".join(line.plain for line in lines)


def columns(lines: list[Text], letter: str) -> list[int]:
    return sorted(at for line in lines[1:-3] for at, c in enumerate(line.plain) if c == letter)


def test_a_strip_has_a_mark_a_value_evenly_apart_on_a_logarithmic_axis() -> None:
    lines = panel(STRIP)
    assert "bce.ap over train.lr, log axis; band: +- sd over 2 seeds" in lines[0].plain
    first, middle, last = columns(lines, "o")
    assert abs((middle - first) - (last - middle)) <= 1
    rows = [at for at, line in enumerate(lines[1:-3]) if "o" in line.plain]
    assert len(rows) == 3  # .5, .9 and .7 are at three heights
    for value in RATE.values:
        assert value in lines[-2].plain


def test_nothing_is_drawn_between_values_that_are_no_numbers() -> None:
    lines = panel(a_moment(KIND, aps=[0.5, 0.9]))
    assert len(columns(lines, "o")) == 2
    assert "-" not in "".join(line.plain for line in lines[1:-3])


def test_values_without_a_score_are_counted() -> None:
    assert "1 without a value" in text(panel(a_moment(RATE, aps=[0.5, 0.9]), size=(80, 14)))


def test_a_map_has_the_number_of_every_cell_the_best_starred_and_that_pointed_to_in_brackets(
) -> None:  # fmt: skip
    shown = text(panel(MAP, cell="1"))
    for number in (".100+-14", ".300+-14", ".400+-14", ".600+-14*"):
        assert number in shown
    assert "[.200+-14]" in shown
    row = next(line for line in shown.splitlines() if ".600" in line)
    assert "1e-1" in row
    assert row.count("+-") == 1
    assert "waiting" in row  # the cell beside it


def test_a_cell_that_was_stopped_early_is_in_brackets_and_never_the_best() -> None:
    moment = a_moment(RATE, SCALE, aps=[0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    results = [*moment.results[:-1], replace(moment.results[-1], state=STOPPED_EARLY)]
    shown = text(panel(replace(moment, results=results)))
    assert "(.600+-14)" in shown
    assert ".500+-14*" in shown
    assert "( ) stopped early" in text(panel(replace(moment, results=results), size=(80, 14)))


def test_a_map_is_coloured_from_the_least_to_the_most() -> None:
    styles = [str(span.style) for line in panel(MAP, Theme()) for span in line.spans]
    assert any(f"on {RAMP[0]}" in style for style in styles)
    assert any(f"on {RAMP[-1]}" in style for style in styles)
    assert not any(" on " in str(s.style) for line in panel(MAP, ASCII) for s in line.spans)


def backgrounds(moment: SweepMoment) -> set[str]:
    """Colours of the fields of a map."""
    styles = [str(span.style) for line in panel(moment, Theme()) for span in line.spans]
    return {style.partition(" on ")[2].split()[0] for style in styles if " on " in style}


def test_values_that_are_alike_have_one_colour_in_the_middle_no_star_and_are_said_to_be(
) -> None:  # fmt: skip
    moment = a_moment(RATE, SCALE, aps=[0.5, 0.50001, 0.5, 0.5])
    (colour,) = backgrounds(moment)
    assert RAMP.index(colour) in (len(RAMP) // 2, len(RAMP) // 2 - 1)
    shown = text(panel(moment))
    assert "all alike, .5000" in shown
    assert "*" not in shown


def test_the_ends_of_a_ramp_have_as_many_digits_as_tell_them_apart() -> None:
    shown = text(panel(a_moment(RATE, SCALE, aps=[1.2341, 1.2344]), size=(80, 14)))
    assert "1.2341 to 1.2344" in shown


@pytest.mark.parametrize("factors", [(RATE,), (RATE, SCALE), (RATE, SCALE, KIND)])
def test_without_a_score_a_chart_says_how_the_sweep_stands_and_what_goes_on(
    factors: tuple[Factor, ...],
) -> None:
    waiting = a_moment(*factors, aps=[])

    def said(moment: SweepMoment, order: Order = ORDER) -> str:
        lines = chart_panel(moment, order, "", ASCII, 60, 14)
        return " ".join(text(lines[1:-1]).replace("|", " ").split())

    assert said(waiting) == (
        "stopped before any cell had a score; c, or `objtui sweep resume s`, trains what is left"
    )
    assert said(replace(waiting, driven=True)) == "no cell has a score yet"
    failed = [replace(result, state="failed") for result in waiting.results]
    assert "`objtui sweep retry s`, trains them anew" in said(replace(waiting, results=failed))
    done = a_moment(*factors, aps=[0.5])
    assert "no cell has a value of bce.mine" in said(done, Order.of("bce.mine"))


def test_a_large_map_shows_the_part_around_the_cursor_and_says_which() -> None:
    many = Factor("a.b", tuple(str(number) for number in range(40)))
    moment = a_moment(many, many, aps=[0.5 + number / 4000 for number in range(1600)])
    shown = text(panel(moment, cell=f"{39 * 40 + 39:x}", size=(80, 20)))
    assert "rows 25 to 40 of 40" in shown
    assert "columns 33 to 40 of 40" in shown
    assert "[" in shown


def test_a_window_stays_within_its_entries() -> None:
    assert Window.of(10, 30, 9, 20, 0) == Window(0, 3, 10)
    assert Window.of(10, 30, 9, 20, 9) == Window(7, 3, 10)
    assert Window.of(2, 30, 9, 12, -1) == Window(0, 2, 12)


def test_parallel_axes_name_every_value_and_the_line_of_the_cursor_is_the_heaviest() -> None:
    lines = panel(LINES, cell="5", size=(80, 16))
    shown = text(lines)
    for name in ("train.lr", "mse.lr_scale", "train.optimizer", "bce.ap", "sgd", "adam", "1e-2"):
        assert name in shown
    assert "#" in shown
    assert "#" not in text(panel(LINES, size=(80, 16)))


@pytest.mark.parametrize("moment", [STRIP, MAP, LINES, *WAITING])
@pytest.mark.parametrize("size", [(8, 3), (20, 5), (80, 9), (198, 50)])
@pytest.mark.parametrize("theme", [ASCII, Theme(), Theme("block", depth=256)])
def test_every_chart_fills_its_panel_at_any_size(
    moment: SweepMoment, size: tuple[int, int], theme: Theme
) -> None:
    lines = panel(moment, theme, size, cell="0")
    if theme is ASCII:
        assert text(lines).isascii()
