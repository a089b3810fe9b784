"""Keys of a sweep's dashboard in its footer."""

from __future__ import annotations

import pytest

from objtui.ui.dashboard.footer_line import fitting
from objtui.ui.key import footer_hints
from objtui.ui.sweep.keys import SWEEP_KEYS


@pytest.mark.parametrize(("training", "named", "others"), [
    (True, ("x", "stop"), {"continue", "retry"}),
    (False, ("c", "continue"), {"stop"}),
])  # fmt: skip
def test_80_columns_have_the_key_that_commands_the_training_and_none_that_does_nothing(
    training: bool, named: tuple[str, str], others: set[str]
) -> None:
    hints = footer_hints(SWEEP_KEYS, training=training)
    assert not others & {word for _, word in hints}
    assert fitting(hints, 79)[-3:] == [named, ("?", "help"), ("q", "quit")]
