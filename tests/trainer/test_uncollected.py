"""Imports without searches for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from objtui.trainer.uncollected import uncollected


@pytest.fixture(autouse=True)
def collected_again() -> Iterator[None]:
    yield
    gc.enable()
    gc.unfreeze()


def test_nothing_is_searched_within_and_what_was_made_never() -> None:
    with uncollected():
        assert not gc.isenabled()
        made = [[number] for number in range(1000)]
    assert gc.isenabled()
    assert not any(each is made for each in gc.get_objects())
    later: list[object] = []
    assert any(each is later for each in gc.get_objects())


def test_a_failed_import_leaves_the_collector_at_work() -> None:
    with pytest.raises(ImportError), uncollected():
        raise ImportError
    assert gc.isenabled()


def test_where_nothing_was_searched_nothing_is_afterwards() -> None:
    gc.disable()
    with uncollected():
        pass
    assert not gc.isenabled()
