"""What is shown, as a value: heads that a filter leaves."""

from __future__ import annotations

from objtui.ui.view_state import ViewState

NAMES = ["a:bce", "a:ce", "b:bce", "b:mse"]


def test_a_filter_shows_the_heads_that_hold_every_word() -> None:
    state = ViewState(4)
    assert state.filtered("B", NAMES).shown == [0, 2, 3]
    assert state.filtered("b mse", NAMES).shown == [3]
    assert state.filtered("", NAMES).shown == [0, 1, 2, 3]
    assert state.filtered("zzz", NAMES).shown == [0, 1, 2, 3]


def test_a_filter_never_leaves_nothing_to_see() -> None:
    hidden = ViewState(4, hidden=frozenset({1}))
    assert hidden.filtered("a:ce", NAMES).shown == [1]
    only = ViewState(4).filtered("mse", NAMES)
    assert only.toggle_head(3) == only
    assert only.toggle_head(0) == only
