"""From a scenario to a training that is ready to run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from objtui.engine import session as session_module
from objtui.engine.session import prepare, train
from objtui.errors import DataError, DeviceError
from objtui.scenario.schema import Scenario


def scenario(data: dict[str, Any] | None = None, **tables: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "title": "test",
            "data": {"source": "gaussians", "train_rows": 200, "val_rows": 100, **(data or {})},
            "train": {"steps": 20, "batch": 32},
            "heads": [{"name": "bce", "loss": "bce"}, {"name": "ce", "loss": "ce"}],
            **tables,
        }
    )


def test_readers_are_told_what_is_trained_on_and_by_what() -> None:
    session = prepare(scenario({"positive_share": 0.1, "dim": 5}), Path())
    assert (session.train_rows.rows, session.train_rows.positives) == (200, 20)
    assert session.val_rows is not None
    assert (session.val_rows.rows, session.val_rows.positives) == (100, 10)
    assert session.features == 5
    assert session.dtype == "float32"
    assert session.threads == torch.get_num_threads()
    assert session.versions["torch"] == torch.__version__


def test_without_validation_rows_the_training_rows_are_evaluated() -> None:
    session = prepare(scenario({"val_rows": 0}), Path())
    assert session.val_rows is None
    frame = next(iter(session.training.events()))
    assert frame.counts.sum() == 200 * 2


def test_training_in_this_process_yields_the_scheduled_frames() -> None:
    session = prepare(scenario(), Path())
    frames = list(train(scenario()))
    assert tuple(frame.step for frame in frames) == session.training.schedule
    assert all(frame.scheduled for frame in frames)


def test_a_batch_larger_than_the_rows_is_refused_with_the_number_that_would_do() -> None:
    with pytest.raises(DataError, match=r'train\.batch: 256 .* 200 .*"all"'):
        prepare(scenario(train={"batch": 256}), Path())


def test_more_members_than_memory_holds_are_refused_before_training() -> None:
    train_table = {"batch": 32, "seeds": 10_000}
    model = {"backbone": "mlp", "hidden": [100_000]}
    with pytest.raises(DeviceError, match="fewer seeds"):
        prepare(scenario(model=model, train=train_table), Path())


def test_without_a_batch_given_few_rows_are_one_batch() -> None:
    few = prepare(scenario(train={"steps": 20}), Path())
    assert few.training.chunk_steps > 1
    assert [frame.step for frame in train(scenario(train={"steps": 20}))][-1] == 20
    assert scenario(train={}).train.batch_of(200) == "all"
    assert scenario(train={}).train.batch_of(257) == 256


def test_more_evaluations_than_anything_could_hold_are_refused() -> None:
    with pytest.raises(DataError, match=r"train\.eval_every: .* at least 100000 keeps"):
        prepare(scenario(train={"steps": 10**12, "eval_every": 7}), Path())


@pytest.mark.parametrize(
    ("table", "compiler", "is_told"),
    [
        ({"steps": 10**8}, "no-such-compiler", True),
        ({"steps": 10**8}, "sh", False),
        ({"steps": 10**4}, "no-such-compiler", False),
        ({"steps": 10**8, "compile": "never"}, "no-such-compiler", False),
    ],
    ids=str,
)
def test_readers_are_told_where_long_trainings_do_without_a_compiler(
    table: dict[str, Any], compiler: str, is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", compiler)
    said = prepare(scenario(train={"batch": 32, **table}), Path()).training.notices
    assert [line.startswith("no C compiler") for line in said] == [True] * is_told


def test_steps_that_must_be_compiled_are_refused_on_metal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "pick_device", lambda name, dtype: torch.device("mps"))
    with pytest.raises(
        DeviceError, match=r'mps: train\.compile = "always" is for the CPU and CUDA'
    ):
        prepare(scenario(train={"batch": 32, "compile": "always"}), Path())


@pytest.mark.parametrize(
    ("train", "loss", "message"),
    [
        ({"balance": 0.5}, "bce", r"train\.balance: .* 100 training rows by default"),
        ({"balance": 0.001, "batch": 50}, "bce", r"0\.001 of a batch of 50 rounds to 0"),
        ({"balance": 0.5, "batch": 4}, "logit_adjusted", ""),
    ],
)
def test_batches_of_both_classes_need_a_place_for_each(
    train: dict[str, object], loss: str, message: str
) -> None:
    scenario = Scenario.model_validate(
        {
            "title": "test",
            "data": {"source": "gaussians", "train_rows": 100, "val_rows": 0},
            "train": {"steps": 1, **train},
            "heads": [{"name": "a", "loss": loss}],
        }
    )
    if not message:
        prepare(scenario, Path())
        return
    with pytest.raises(DataError, match=message):
        prepare(scenario, Path())


def test_a_loss_that_goes_by_the_shares_needs_both_classes() -> None:
    scenario = Scenario.model_validate(
        {
            "title": "test",
            "data": {"source": "points", "features": [[0.0], [1.0]], "targets": [0.0, 0.0]},
            "train": {"steps": 1},
            "heads": [{"name": "b", "loss": "bce"}, {"name": "a", "loss": "logit_adjusted"}],
        }
    )
    with pytest.raises(DataError, match=r"heads\[1\]\.loss: .*one class"):
        prepare(scenario, Path())
