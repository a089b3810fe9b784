"""Places in sorted rows."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from objtui.engine.scoring.ranking import search_rows

VALUES = st.lists(
    st.sampled_from([-2.0, -0.0, 0.0, 0.5, 1.0, 1.5, 9.0, np.inf, np.nan]), min_size=1
)


@given(VALUES, VALUES, st.booleans(), st.randoms())
def test_places_are_those_of_numpy_whatever_is_near(
    row: list[float], sought: list[float], right: bool, chance: np.random.RandomState
) -> None:
    ordered, values = np.sort(np.array(row, np.float32)), np.sort(np.array(sought, np.float32))
    expected = np.searchsorted(ordered, values, "right" if right else "left")
    near = torch.tensor([[chance.randint(0, len(row)) for _ in sought]])
    tensors = torch.tensor(ordered)[None], torch.tensor(values)[None]
    for guess in (None, near):
        places = search_rows(*tensors, guess, right=right)[0].numpy()
        np.testing.assert_array_equal(places, expected)
