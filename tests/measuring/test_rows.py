"""Logits, targets and steps: how arrays are understood, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file as save_torch

from objtui.errors import DataError
from objtui.measuring.given import HeadArrays
from objtui.measuring.rows import MAX_FRAMES, MeasuredRows, read_rows
from tests.measuring.measured_files import T, Z, write

TWO = (HeadArrays("ce", ("z0", "z1")),)


def read(folder: Path, **arrays: Any) -> MeasuredRows:
    return read_rows(write(folder / "v.npz", **{"logits": Z, "targets": T, **arrays}))


def refused(folder: Path, *, probabilities: bool = False, **arrays: Any) -> str:
    path = write(folder / "v.npz", **{"logits": Z, "targets": T, **arrays})
    with pytest.raises(DataError) as caught:
        read_rows(path, probabilities=probabilities)
    return str(caught.value).removeprefix(f"{path}: ")


class TestLogits:
    @pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i4"])
    def test_one_neuron_is_taken_as_it_is(self, dtype: str, tmp_path: Path) -> None:
        z = Z.astype(dtype)
        rows = read(tmp_path, logits=z[:, None])
        np.testing.assert_array_equal(rows.logits[0], z)
        assert rows.dtype == {"f2": "float16", "f4": "float32"}.get(dtype, "float64")
        assert rows.neurons == (1,)
        assert rows.notices == ()

    def test_of_two_neurons_it_is_object_minus_background(self, tmp_path: Path) -> None:
        rows = read(tmp_path, logits=np.stack([-Z, 2 * Z], axis=1))
        np.testing.assert_allclose(rows.logits[0], 3 * Z)
        path = write(tmp_path / "two.csv", z0=-Z, z1=2 * Z, targets=T)
        apart = read_rows(path, TWO)
        np.testing.assert_allclose(apart.logits[0], 3 * Z)
        assert rows.neurons == apart.neurons == (2,)

    def test_bfloat16_is_read_without_torch(self, tmp_path: Path) -> None:
        z = torch.tensor(Z).bfloat16()
        save_torch({"logits": z, "targets": torch.tensor(T)}, tmp_path / "v.safetensors")
        rows = read_rows(tmp_path / "v.safetensors")
        np.testing.assert_array_equal(rows.logits[0], z.float().numpy())

    def test_probabilities_become_logits(self, tmp_path: Path) -> None:
        p = np.append(1 / (1 + np.exp(-Z)), [0, 1])
        t = np.append(T, [0, 1])
        path = write(tmp_path / "v.npz", logits=p, pair=np.stack([1 - p, p], axis=1), targets=t)
        heads = [HeadArrays("a", ("logits",)), HeadArrays("b", ("pair",))]
        rows = read_rows(path, heads, probabilities=True)
        for z in rows.logits:
            np.testing.assert_allclose(z[:-2], Z, atol=1e-9)
            assert z[-2:].tolist() == [-np.inf, np.inf]

    def test_infinite_logits_are_kept(self, tmp_path: Path) -> None:
        z = np.where(T > 0, np.inf, -np.inf)
        rows = read(tmp_path, logits=z)
        np.testing.assert_array_equal(rows.logits[0], z)
        assert rows.notices == ()

    def test_infinite_logits_on_the_wrong_side_are_said(self, tmp_path: Path) -> None:
        z = Z.copy()
        z[T > 0] = -np.inf
        (notice,) = read(tmp_path, logits=z).notices
        assert notice == (
            "v.npz: logits has p of exactly 0 or 1 where the target is another, "
            f"in {T.sum():.0f} rows: its log loss is infinite"
        )

    def test_logits_between_0_and_1_are_asked_about(self, tmp_path: Path) -> None:
        (notice,) = read(tmp_path, logits=1 / (1 + np.exp(-Z))).notices
        assert notice.endswith("are these probabilities? Then add --probabilities")
        assert read(tmp_path, logits=np.zeros(60)).notices == ()

    @pytest.mark.parametrize(
        ("logits", "message"),
        [
            (np.where(np.arange(60) % 20 == 7, np.nan, Z), "logits[7] is NaN, expected a number"),
            (np.where(np.arange(60) % 20 == 7, np.nan, Z), "(3 such rows)"),
            (np.full((60, 2), np.inf), "infinite for both neurons"),
            (np.zeros((60, 3)), "shape (60, 3); expected (rows,), (rows, 1), or (rows, 2)"),
            (np.float64(1), "shape ()"),
            (Z[:-1], "'logits' has 59 rows, 'targets' has 60"),
            (np.array(["a"] * 60), "has dtype <U1"),
        ],
    )
    def test_what_is_no_logit_is_refused(
        self, logits: np.ndarray, message: str, tmp_path: Path
    ) -> None:
        assert message in refused(tmp_path, logits=logits)

    def test_what_is_no_probability_is_refused(self, tmp_path: Path) -> None:
        p = np.full(60, 0.5)
        p[3] = 1.5
        assert refused(tmp_path, logits=p, probabilities=True) == (
            "logits[3] is 1.5, expected a probability from 0 to 1"
        )
        pair = np.full((60, 2), 0.7)
        assert "do not add up to 1" in refused(tmp_path, logits=pair, probabilities=True)

    def test_two_arrays_of_a_head_are_of_the_same_rows(self, tmp_path: Path) -> None:
        path = write(tmp_path / "v.npz", z0=Z, z1=Z[:-1], targets=T)
        with pytest.raises(DataError, match="'z0' has 60 rows, 'z1' has 59"):
            read_rows(path, TWO)
        path = write(tmp_path / "v.npz", z0=np.zeros((60, 2)), z1=Z, targets=T)
        with pytest.raises(DataError, match="'z0' has two columns already"):
            read_rows(path, TWO)


class TestTargets:
    @pytest.mark.parametrize(
        ("targets", "notice"),
        [
            (T.astype("u1"), None),
            (T[:, None], None),
            (2 * T - 1, "−1 is background"),
            (T.astype(bool), "true is an object"),
            (np.stack([1 - T, T], axis=1), "pairs of background and object"),
        ],
    )
    def test_are_understood_and_said(
        self, targets: np.ndarray, notice: str | None, tmp_path: Path
    ) -> None:
        rows = read(tmp_path, targets=targets)
        np.testing.assert_array_equal(rows.targets, T)
        assert len(rows.notices) == (notice is not None)
        assert notice is None or notice in rows.notices[0]

    def test_may_be_soft(self, tmp_path: Path) -> None:
        soft = 0.8 * T + 0.1
        np.testing.assert_array_equal(read(tmp_path, targets=soft).targets, soft)

    @pytest.mark.parametrize(
        ("targets", "message"),
        [
            (np.where(np.arange(60) == 5, 2, T), "targets[5] is 2, expected a target from 0 to 1"),
            (np.where(np.arange(60) == 5, np.nan, T), "targets[5] is NaN"),
            (np.arange(60) % 3 - 1, "are −1, 0 and 1; leave out the rows of −1"),
            (np.ones((60, 2)), "does not add up to 1"),
            (np.zeros((60, 4)), "shape (60, 4)"),
        ],
    )
    def test_outside_0_and_1_are_refused(
        self, targets: np.ndarray, message: str, tmp_path: Path
    ) -> None:
        assert message in refused(tmp_path, targets=targets)

    def test_of_one_class_are_said(self, tmp_path: Path) -> None:
        assert "no row is an object" in read(tmp_path, targets=0 * T).notices[0]
        assert "no row is background" in read(tmp_path, targets=0 * T + 1).notices[0]

    def test_without_rows_are_refused(self, tmp_path: Path) -> None:
        assert "has no rows" in refused(tmp_path, logits=Z[:0], targets=T[:0])


class TestSteps:
    def test_are_those_of_each_row(self, tmp_path: Path) -> None:
        steps = read(tmp_path, step=np.arange(60.0) // 20 * 100).steps
        assert steps is not None
        assert sorted(set(steps.tolist())) == [0, 100, 200]

    def test_one_number_is_that_of_all_rows(self, tmp_path: Path) -> None:
        steps = read(tmp_path, step=np.int64(7)).steps
        assert steps is not None
        assert steps.tolist() == [7] * 60

    @pytest.mark.parametrize(
        ("step", "message"),
        [
            (np.full(60, 0.5), "step[0] is 0.5, expected a whole number from 0 on"),
            (np.full(60, -1), "is -1"),
            (np.full(60, np.nan), "is NaN"),
            (np.arange(59), "shape (59,)"),
        ],
    )
    def test_are_whole(self, step: np.ndarray, message: str, tmp_path: Path) -> None:
        assert message in refused(tmp_path, step=step)

    def test_that_count_rows_are_refused(self, tmp_path: Path) -> None:
        rows = np.arange(MAX_FRAMES + 1)
        said = refused(tmp_path, logits=rows / 2.0, targets=rows % 2, step=rows)
        assert "If it counts rows, leave it out" in said
