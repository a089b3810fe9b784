"""What a converter reads out of a loss's arguments has the loss that torch computes of them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from objtui.recorder import converters


def mean_loss(rows: converters.Rows) -> float:
    """The binary cross entropy of rows that are not ignored."""
    z, t, ignored = (None if each is None else torch.as_tensor(each) for each in rows)
    assert z is not None
    assert t is not None
    used = torch.ones(z.shape, dtype=torch.bool) if ignored is None else ~ignored
    return functional.binary_cross_entropy_with_logits(z[used], t[used].to(z.dtype)).item()


@pytest.mark.parametrize("names", [("input", "target"), ("logits", "labels"), ("pred", "targets")])
def test_arguments_are_read_by_place_and_by_name(names: tuple[str, str]) -> None:
    z, t = torch.randn(5), torch.rand(5)
    by_name = dict(zip(names, (z, t), strict=True))
    for args, kwargs in (((z, t), {}), ((z,), {names[1]: t}), ((), by_name)):
        rows = converters.binary(args, kwargs)
        assert rows[0] is z
        assert rows[1] is t
        assert rows[2] is None


def test_a_call_without_targets_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1 arguments, size=.*convert="):
        converters.binary((torch.zeros(1),), {"size": 3})


def test_rows_without_weight_are_of_neither_class() -> None:
    z, t, weight = torch.randn(6), torch.rand(6), torch.tensor([1.0, 0, 1, 0, 1, 1])
    loss = functional.binary_cross_entropy_with_logits(z, t, weight, reduction="sum") / 4
    rows = converters.binary((z, t), {"weight": weight, "reduction": "sum"})
    assert mean_loss(rows) == pytest.approx(loss.item(), rel=1e-6)
    assert converters.binary((z, t, torch.tensor(0.0)), {})[2] is None


def test_one_column_and_any_class() -> None:
    z, t = torch.randn(7, 3), torch.rand(7, 3)
    column = converters.column(1)((z, t), {})
    assert torch.equal(column[0], z[:, 1])
    assert torch.equal(column[1], t[:, 1])
    weighted = converters.column(-1)((z, t, torch.eye(7, 3)), {})
    assert weighted[2].tolist() == [True, True, False, True, True, True, True]
    of_any = converters.any_class((z, t), {})
    assert torch.equal(of_any[0], z.amax(1))
    assert torch.equal(of_any[1], t.amax(1))
    with pytest.raises(ValueError, match="no column 3"):
        converters.column(3)((z, t), {})


@pytest.mark.parametrize("shape", [(9, 2), (3, 2, 4)])
def test_two_neurons_have_the_cross_entropy(shape: tuple[int, ...]) -> None:
    z, t = torch.randn(shape), torch.randint(0, 2, (shape[0], *shape[2:]))
    t[0] = -100
    rows = converters.two_neurons()((z, t), {})
    assert mean_loss(rows) == pytest.approx(functional.cross_entropy(z, t).item(), rel=1e-5)
    swapped = converters.two_neurons(background=1)((z, t), {})
    assert torch.equal(swapped[0], -rows[0])
    with pytest.raises(ValueError, match=r"no two neurons.*softmax"):
        converters.two_neurons()((torch.zeros(4, 3), torch.zeros(4)), {})


def test_two_neurons_take_probabilities_too() -> None:
    z, t = torch.randn(9, 2), torch.rand(9, 2).softmax(1)
    expected = functional.cross_entropy(z, t).item()
    assert mean_loss(converters.two_neurons()((z, t), {})) == pytest.approx(expected, rel=1e-5)


def test_softmax_gives_the_log_odds_of_all_but_the_background() -> None:
    z, t = torch.randn(8, 4), torch.tensor([0, 1, 2, 3, 3, 3, 255, -1])
    logits, targets, ignored = converters.softmax(background=-1)((z, t), {})
    assert torch.allclose(logits.sigmoid(), 1 - z.softmax(1)[:, 3], atol=1e-6)
    assert targets.tolist()[:6] == [True, True, True, False, False, False]
    assert ignored.tolist() == [False] * 6 + [True] * 2
    one = converters.softmax(background=0)((torch.tensor([1.0, 3.0]), torch.tensor(1)), {})
    assert (one[0].item(), one[1].item()) == (2.0, True)


def test_labels_are_foreground_background_or_neither() -> None:
    z = torch.randn(5, 2)
    targets, weights = torch.tensor([0, 1, 2, -1, 2]), torch.tensor([1.0, 1, 1, 1, 0])
    logits, t, ignored = converters.labels(background=2)((z, targets, weights), {})
    assert torch.equal(logits, z.amax(1))
    assert t.tolist() == [1, 1, 0, 0, 0]
    assert ignored.tolist() == [False, False, False, True, True]
    quality = torch.tensor([0.3, 0.8, 0.0, 0.0, 0.0])
    soft = converters.labels(background=2)((z, (targets, quality), weights), {})
    assert soft[1].tolist() == pytest.approx([0.3, 0.8, 0, 0, 0])


def test_probabilities_become_logits() -> None:
    z = torch.tensor([-30.0, -3.0, 0.0, 2.5])
    logits, _, _ = converters.probabilities((z.sigmoid(), torch.zeros(4)), {})
    assert logits.tolist() == pytest.approx(z.tolist(), abs=1e-5)
    certain = converters.probabilities((torch.tensor([0.0, 1.0]), torch.zeros(2)), {})[0]
    assert certain.tolist() == [-math.inf, math.inf]


@pytest.mark.parametrize(
    "convert",
    [
        converters.binary,
        converters.any_class,
        converters.column(0),
        converters.two_neurons(),
        converters.softmax(1),
        converters.labels(2),
        converters.probabilities,
    ],
)
def test_arrays_are_read_as_tensors_are(convert: converters.Convert) -> None:
    z, t = torch.rand(4, 2, dtype=torch.float64), torch.rand(4, 2, dtype=torch.float64)
    labels = torch.tensor([0, 1, 2, 1])
    is_of_labels = convert.__qualname__.startswith("labels")
    target: Tensor = labels if is_of_labels else t
    tensors = convert((z, target), {})
    arrays = convert((z.numpy(), target.numpy()), {})
    for tensor, array in zip(tensors, arrays, strict=True):
        if tensor is None:
            assert array is None
        else:
            np.testing.assert_allclose(array, tensor.numpy(), rtol=1e-12)
