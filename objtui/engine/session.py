"""From a scenario to a training that is ready to run."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

import objtui
from objtui.datafiles.provenance import content_digest, noted_files
from objtui.engine.data import build_dataset
from objtui.engine.data.dataset import Dataset, Rows
from objtui.engine.detector_checks import check_detector
from objtui.engine.device import DTYPES, pick_device, require_device_memory
from objtui.engine.model.backbone import Backbone
from objtui.engine.model.backbones import make_backbone
from objtui.engine.model.conv import Conv
from objtui.engine.schedule import is_recorded
from objtui.engine.scoring.detection.pictures import picture_contents, sample_pictures
from objtui.engine.steps.batches import CHUNK_BYTES, CHUNK_ROWS
from objtui.engine.training import Training
from objtui.errors import DataError, DeviceError
from objtui.measures.frames import Frame
from objtui.runfile.records import RowCounts
from objtui.scenario.schema import Scenario
from objtui.session import ProgressListener, Session, no_listener
from objtui.session import Training as AnyTraining

MAX_SCHEDULED_FRAMES = 10_000_000
"""No run file and no reader could take more."""


@dataclass(frozen=True, eq=False, slots=True)
class PreparedData:
    """Data that are built and checked, and what tells their files from others."""

    dataset: Dataset
    digest: str


def prepare(scenario: Scenario, base: Path, progress: ProgressListener = no_listener) -> Session:
    """Pick the device, read and check the data, and set up the population.

    Args:
        base: folder that relative paths of the scenario start from.
        progress: is told now and then how far a long building of data is.
    Raises:
        DataError: the data are wrong, or too large for this machine.
        DeviceError: the device is not there or too small.
    """
    dtype = DTYPES[scenario.train.dtype]
    device = pick_device(scenario.train.device, dtype)
    data = prepare_data(scenario, base, progress, device)
    dataset = data.dataset
    notices: tuple[str, ...] = ()
    if scenario.train.compile == "always" and device.type == "mps":
        raise DeviceError(f'device {device}: train.compile = "always" is for the CPU and CUDA')
    backbone = make_backbone(scenario.model, dataset.input_shape)
    if dataset.images is not None and isinstance(backbone, Conv):
        notices = check_detector(scenario, dataset.images, backbone, dtype, device)
    else:
        recorded = device.type == "cuda" and is_recorded(scenario.train)
        require_device_memory(
            device, _bytes_needed(scenario, dataset, backbone, device, dtype, recorded=recorded)
        )
    training = Training(scenario, dataset, device, dtype)
    training.compile_ahead()  # while the run file is made
    return session_of(scenario, training, data, device, notices)


def prepare_data(
    scenario: Scenario, base: Path, progress: ProgressListener, device: torch.device
) -> PreparedData:
    """Read and check the data of a training on a device; DataError."""
    dtype = DTYPES[scenario.train.dtype]
    precision = torch.float64 if dtype == torch.float64 else torch.float32
    with noted_files() as files:
        dataset = build_dataset(
            scenario.data,
            base,
            precision,
            progress,
            whole=scenario.model.sees_images,
            evaluated_bytes=_evaluated_bytes(scenario, dtype) if device.type == "cpu" else 0,
        )
    _check_settings(scenario, dataset)
    return PreparedData(dataset, content_digest(files, base))


def session_of(
    scenario: Scenario,
    training: AnyTraining,
    data: PreparedData,
    device: torch.device,
    notices: tuple[str, ...] = (),
) -> Session:
    """What readers are told of a training; `notices` are further ones than those of its data."""
    dataset = data.dataset
    return Session(
        training=training,
        steps=scenario.train.steps,
        device=str(device),
        dtype=scenario.train.dtype,
        threads=torch.get_num_threads(),
        features=dataset.width,
        train_rows=_row_counts(dataset.train),
        val_rows=None if dataset.val is None else _row_counts(dataset.val),
        versions={
            "objtui": objtui.__version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
            "platform": platform.platform(),
        },
        data_digest=data.digest,
        notices=dataset.notices + notices,
        pictures=() if dataset.images is None else sample_pictures(dataset.images),
        contents=() if dataset.images is None else picture_contents(dataset.images),
    )


def train(scenario: Scenario, base: Path = Path()) -> Iterator[Frame]:
    """Train a scenario to its end in this process: its frames, live ones left out."""
    for event in prepare(scenario, base).training.events():
        if isinstance(event, Frame) and event.scheduled:
            yield event


def _check_settings(scenario: Scenario, dataset: Dataset) -> None:
    rows, train = len(dataset.train), scenario.train
    if train.eval_every is not None and train.steps // train.eval_every > MAX_SCHEDULED_FRAMES:
        raise DataError(
            f"{train.steps // train.eval_every} evaluations are too many; "
            f"at least {-(-train.steps // MAX_SCHEDULED_FRAMES)} keeps them within "
            f"{MAX_SCHEDULED_FRAMES}",
            ("train", "eval_every"),
        )
    batch = train.batch_of(rows)
    if dataset.images is None and batch != "all" and batch > rows:
        raise DataError(
            f'{batch} is more than the {rows} training rows; use "all" or at most {rows}',
            ("train", "batch"),
        )
    _check_classes(scenario, _row_counts(dataset.train))


def _check_classes(scenario: Scenario, rows: RowCounts) -> None:
    """What needs training rows of both classes, and a place for both in every batch."""
    train, batch = scenario.train, scenario.train.batch_of(rows.rows)
    one_class = f"all {rows.rows} training rows are of one class"
    lacking = rows.positives in (0, rows.rows)
    for index, head in enumerate(scenario.heads):
        if lacking and head.formula.needs_both_classes:
            message = f'"{head.loss}" goes by the share of each class, and {one_class}'
            raise DataError(message, ("heads", index, "loss"))
    if train.balance is None:
        return
    key = ("train", "balance")
    if batch == "all":
        raise DataError(
            f"a batch is all of the {rows.rows} training rows by default; give train.batch", key
        )
    if lacking:
        raise DataError(f"{one_class}, so batches cannot be of both", key)
    if train.positives_of(batch) in (0, batch):
        raise DataError(
            f"{train.balance:g} of a batch of {batch} rounds to {train.positives_of(batch)}; use a "
            "larger train.batch, or a share nearer to 0.5",
            key,
        )


def _bytes_needed(
    scenario: Scenario,
    dataset: Dataset,
    backbone: Backbone,
    device: torch.device,
    dtype: torch.dtype,
    *,
    recorded: bool,
) -> int:
    """Memory of a training beside its data: copies on the device, parameters, activations."""
    train = scenario.train
    members = len(scenario.heads) * len(train.seeds)
    parameters = members * (backbone.parameters + 2 * (backbone.units + 1))
    batch = train.batch_of(len(dataset.train))
    batch_rows = len(dataset.train) if batch == "all" else batch
    parts = [dataset.train] if dataset.val is None else [dataset.train, dataset.val]
    tables = sum(part.table.copied_bytes(device, dtype) for part in parts)
    # Then the training rows are numbers at once.
    if batch == "all" or train.compile == "always" or recorded:
        tables += len(dataset.train) * dataset.width * dtype.itemsize
    chunk_rows = max(batch_rows * len(train.seeds), CHUNK_ROWS)
    outputs = members * batch_rows * 4 * dtype.itemsize
    activations = members * backbone.activation_bytes(batch_rows, dtype) + outputs
    if recorded:  # those of the recorded step are kept beside those of others
        activations *= 2
    losses = len(scenario.heads) * chunk_rows * 5  # outputs of a chunk, and what its losses need
    copies = 5 if train.ema is None else 6
    trained = tables + dtype.itemsize * (copies * parameters + losses) + activations
    if batch != "all":  # two chunks of features
        # A 1 may stand behind the features of a row.
        step_bytes = dtype.itemsize * len(train.seeds) * batch_rows * (dataset.width + 1)
        trained += 2 * max(CHUNK_BYTES, step_bytes)
    return trained + _evaluated_bytes(scenario, dtype) * len(dataset.evaluation)


def _evaluated_bytes(scenario: Scenario, dtype: torch.dtype) -> int:
    """Memory for what all members make of one evaluation row."""
    members = len(scenario.heads) * len(scenario.train.seeds)
    return max(dtype.itemsize, 4) * members * 12


def _row_counts(rows: Rows) -> RowCounts:
    return RowCounts(len(rows), int(rows.positive.sum()))
