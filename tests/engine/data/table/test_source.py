"""Source `table`, whatever kind its files are of."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from objtui.engine.data import build_dataset
from objtui.errors import DataError
from tests.engine.data.table.table_cases import X, Y, kinds, refused, table, write


@kinds
@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_a_table_gives_back_what_was_written(
    kind: str, precision: torch.dtype, tmp_path: Path
) -> None:
    dataset = build_dataset(table(train=write(tmp_path / kind)), tmp_path, precision)
    assert torch.equal(dataset.train.features, torch.tensor(X, dtype=precision))
    assert torch.equal(dataset.train.targets, torch.tensor(Y, dtype=precision))
    assert dataset.train.positive.tolist() == (Y >= 0.5).tolist()
    assert dataset.val is None


@kinds
def test_validation_rows_come_from_their_own_file(kind: str, tmp_path: Path) -> None:
    names = [write(tmp_path / f"{part}-{kind}", X[rows], Y[rows]) for part, rows in PARTS]
    data = table(train=names[0], val=names[1], standardize=True)
    dataset = build_dataset(data, tmp_path, torch.float64)
    mean, sd = X[:30].mean(axis=0), X[:30].std(axis=0)
    np.testing.assert_allclose(dataset.train.features, (X[:30] - mean) / sd)
    np.testing.assert_allclose(dataset.evaluation.features, (X[30:] - mean) / sd)


PARTS = [("train", slice(0, 30)), ("val", slice(30, 40))]


@kinds
def test_a_share_is_held_out_at_random_by_the_seed(kind: str, tmp_path: Path) -> None:
    name = write(tmp_path / kind)
    first, again, other = (
        build_dataset(table(train=name, val_share=0.3, seed=seed), tmp_path, torch.float64)
        for seed in (0, 0, 1)
    )
    assert (len(first.train), len(first.evaluation)) == (28, 12)
    assert torch.equal(first.train.features, again.train.features)
    assert not torch.equal(first.train.features, other.train.features)
    both = np.concatenate([first.train.features, first.evaluation.features])
    assert sorted(map(tuple, both)) == sorted(map(tuple, X))


@pytest.mark.parametrize(("share", "rows"), [(0.001, (40, 0)), (0.999, (0, 40))])
def test_a_share_that_leaves_a_part_empty_is_refused(
    share: float, rows: tuple[int, int], tmp_path: Path
) -> None:
    message = refused(table(train=write(tmp_path / "t.csv"), val_share=share), tmp_path)
    assert f"leaves {rows[0]} for training and {rows[1]} for validation" in message


@kinds
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_the_first_feature_that_is_not_finite_is_named_and_all_counted(
    kind: str, value: float, tmp_path: Path
) -> None:
    x = X.copy()
    x[4, 1] = x[7, 0] = value
    message = refused(table(train=write(tmp_path / kind, x)), tmp_path)
    place = {"t.csv": ":6: column 'x1'", "t.parquet": ": column 'x1' of row 5"}.get(
        kind, ": features[4, 1]"
    )
    assert f"{tmp_path / kind}{place} is" in message
    assert "expected a finite float32 number (2 such values)" in message


@kinds
@pytest.mark.parametrize("value", [-0.01, 1.5, np.nan, np.inf])
def test_the_first_target_outside_0_to_1_is_named(kind: str, value: float, tmp_path: Path) -> None:
    y = Y.copy()
    y[6] = value
    message = refused(table(train=write(tmp_path / kind, y=y)), tmp_path)
    place = {"t.csv": ":8: column 'targets'", "t.parquet": ": column 'targets' of row 7"}.get(
        kind, ": targets[6]"
    )
    said = f"{place} is {value}, expected a target from 0 to 1 (1 such value)"
    assert f"{tmp_path / kind}{said}" in message


@kinds
def test_a_target_of_another_name_is_suggested(kind: str, tmp_path: Path) -> None:
    message = refused(table(train=write(tmp_path / kind, target="target")), tmp_path)
    assert "'targets' (data.targets): did you mean 'target'?" in message


@kinds
def test_no_rows_are_refused(kind: str, tmp_path: Path) -> None:
    message = refused(table(train=write(tmp_path / kind, X[:0], Y[:0])), tmp_path)
    assert "has no rows" in message


@kinds
def test_no_features_are_refused(kind: str, tmp_path: Path) -> None:
    assert "has no features" in refused(table(train=write(tmp_path / kind, X[:, :0])), tmp_path)


@kinds
def test_validation_rows_of_another_width_are_refused(kind: str, tmp_path: Path) -> None:
    train = write(tmp_path / f"train-{kind}")
    val = write(tmp_path / f"val-{kind}", X[:, :2])
    message = refused(table(train=train, val=val), tmp_path)
    assert "has 2 features" in message or "lacks column 'x2' of the training file" in message


@kinds
def test_whole_numbers_and_booleans_are_numbers(kind: str, tmp_path: Path) -> None:
    x, y = np.arange(6).reshape(3, 2), np.array([True, False, True])
    rows = build_dataset(table(train=write(tmp_path / kind, x, y)), tmp_path, torch.float32).train
    assert rows.features.tolist() == x.tolist()
    assert rows.targets.tolist() == [1, 0, 1]


@kinds
def test_a_file_of_other_bytes_is_refused(kind: str, tmp_path: Path) -> None:
    (tmp_path / kind).write_bytes(b"\x93\xff\x00 not a table" * 9)
    assert f"{tmp_path / kind}: cannot be read as" in refused(table(train=kind), tmp_path)
    (tmp_path / kind).write_bytes(b"")
    assert str(tmp_path / kind) in refused(table(train=kind), tmp_path)


@pytest.mark.parametrize("kind", ["t.npz", "t.safetensors", "t.parquet", "t.csv"])
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(cuts=st.data())
def test_damage_anywhere_is_a_data_error_or_none(
    kind: str, cuts: st.DataObject, tmp_path: Path
) -> None:
    name = write(tmp_path / kind, X[:4], Y[:4])
    raw = bytearray((tmp_path / name).read_bytes())
    for _ in range(cuts.draw(st.integers(1, 4))):
        raw[cuts.draw(st.integers(0, len(raw) - 1))] = cuts.draw(st.integers(0, 255))
    (tmp_path / name).write_bytes(raw[: cuts.draw(st.integers(0, len(raw)))])
    with contextlib.suppress(DataError):  # every other error fails
        build_dataset(table(train=name), tmp_path, torch.float64)


@pytest.mark.parametrize("name", ["none.csv", "folder.csv", "a\0b.csv", "x" * 5000 + ".csv"])
def test_a_file_that_cannot_be_opened_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    message = refused(table(train=name), tmp_path)
    assert repr(name)[1:5] in message
    assert message.isprintable()


def test_a_folder_of_parts_says_how_to_join_them(tmp_path: Path) -> None:
    (tmp_path / "parts.parquet").mkdir()
    message = refused(table(train="parts.parquet"), tmp_path)
    assert "is a folder, expected one file" in message
    assert "pq.write_table(pq.read_table(FOLDER), FILE)" in message


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs a device that never ends")
def test_a_device_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").symlink_to("/dev/zero")
    assert "is not a regular file" in refused(table(train="t.csv"), tmp_path)


def test_an_unknown_suffix_lists_the_known_ones(tmp_path: Path) -> None:
    message = refused(table(train="t.xlsx"), tmp_path)
    assert ".npz, .safetensors, .csv, .tsv, .parquet" in message
