"""The order of the cells of a sweep."""

from __future__ import annotations

from objtui.ui.sweep.order import Order
from objtui.ui.sweep.rows import cell_rows, heading_row
from objtui.ui.theme import Theme
from tests.ui.sweep.sweep_cases import RATE, a_moment

MOMENT = a_moment(RATE, aps=[0.5, 0.9])


def ids(order: Order) -> list[str]:
    return [result.cell.id for result in order.of_cells(MOMENT.results)]


def test_the_best_come_first_or_last_and_those_without_a_score_behind_them_either_way() -> None:
    assert ids(Order.of("bce.ap")) == ["1", "0", "2"]
    assert ids(Order("bce", "ap", reverse=True)) == ["0", "1", "2"]
    assert Order.of("bce.ap").words == "best first"
    assert Order("bce", "saturated", reverse=True).words == "least first"


def test_heads_and_scores_go_round() -> None:
    order = Order.of("bce.ap")
    assert order.moved(("bce", "ce"), ("nll", "ap"), 1, 1) == Order("ce", "nll")
    assert order.moved(("bce", "ce"), ("nll", "ap"), -2, -2) == order


def test_a_row_has_what_differs_the_sorted_score_and_every_nll_with_their_deviations() -> None:
    order = Order.of("bce.ap")
    heading = heading_row(MOMENT, order, Theme())
    names = [cell.plain for cell in (*heading.cells, *heading.extras)]
    assert names == ["train.lr", "state", "bce.ap", "step", "bce.nll", "ce.nll", "cell"]
    first, _, last = cell_rows(MOMENT, order, Theme())
    values = [cell.plain for cell in (*first.cells, *first.extras)]
    assert values == ["1e-2", "finished", ".900±14", "100/100", ".5000", ".5000", "1"]
    assert last.choice is None
    assert [cell.plain for cell in last.cells] == ["1e-1", "waiting", "–"]
