"""A checkpoint of bytes that somebody else has written is one of this scenario, or refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from objtui.engine.checkpoint import Checkpoint

LIKE = {"weight": torch.zeros(2, 3), "step": torch.zeros(1, dtype=torch.int64)}
CLOCK = {"step": 5, "scheduled_until": -1, "elapsed_s": 1.0, "train_s": 0.5, "eval_s": 0.25}
MEMBERS = (2, 1)


def encoded(clock: object = CLOCK, metadata: object = None, **changes: Tensor) -> bytes:
    tensors = {
        **LIKE,
        "run.diverged": torch.zeros(MEMBERS, dtype=torch.bool),
        "run.losses": torch.zeros(3, *MEMBERS, dtype=torch.float64),
        **{name.replace("_", "."): value for name, value in changes.items()},
    }
    return safetensors.torch.save(tensors, metadata=metadata or {"clock": json.dumps(clock)})


def decode(data: bytes) -> Checkpoint:
    return Checkpoint.decode(data, LIKE, MEMBERS)


def test_what_was_written_comes_back() -> None:
    checkpoint = decode(encoded())
    assert (checkpoint.step, checkpoint.scheduled_until, checkpoint.train_s) == (5, -1, 0.5)
    assert np.concatenate(checkpoint.losses).shape == (3, 2, 1)


ODD = [-2, 0.5, "7", None, True, [], {}, 2**60, 10**400, float("nan"), float("inf"), -1e300]


@pytest.mark.parametrize("name", CLOCK)
@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:12])
def test_a_clock_that_shows_no_time_is_refused(name: str, odd: object) -> None:
    if odd == 0.5 and name.endswith("_s"):
        return
    with pytest.raises(ValueError, match="damaged"):
        decode(encoded({**CLOCK, name: odd}))


@given(st.recursive(st.none() | st.integers() | st.floats() | st.text(), st.lists))
def test_a_clock_of_any_other_kind_is_refused(clock: object) -> None:
    with pytest.raises(ValueError, match="damaged"):
        decode(encoded(clock))


@pytest.mark.parametrize("metadata", [{"clock": "["}, {"other": "x"}, {"clock": "[" * 200_000}])
def test_metadata_without_a_clock_are_refused(metadata: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="damaged"):
        decode(encoded(metadata=metadata))


@pytest.mark.parametrize(
    "changes",
    [
        {"run_diverged": torch.zeros(MEMBERS)},
        {"run_diverged": torch.zeros(1, 2, dtype=torch.bool)},
        {"run_losses": torch.zeros(3, *MEMBERS)},
        {"run_losses": torch.zeros((), dtype=torch.float64)},
        {"run_losses": torch.zeros(3, 1, 2, dtype=torch.float64)},
        {"weight": torch.zeros(3, 2)},
        {"weight": torch.zeros(2, 3, dtype=torch.float64)},
    ],
)
def test_tensors_of_another_kind_are_refused(changes: dict[str, Tensor]) -> None:
    with pytest.raises(ValueError, match=r"of another scenario|damaged"):
        decode(encoded(**changes))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="damaged"):
        decode(data)
