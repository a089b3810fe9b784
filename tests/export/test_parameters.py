"""Exported parameters, loaded into plain torch modules, give the scores that the run has."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
from safetensors import safe_open
from sklearn.metrics import average_precision_score
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

from objtui.cli.main import main
from objtui.cluster.here import PoolHere
from objtui.cluster.prepare import Room, prepare_parts
from objtui.engine.data import build_dataset
from objtui.engine.data.dataset import Dataset
from objtui.engine.data.features import CropTable
from objtui.measures.frames import Frame
from objtui.runfile.reader import RunReader
from objtui.runfile.writer import RunWriter
from objtui.scenario.schema import Scenario
from objtui.session import no_listener
from tests.engine.cases import TWINS
from tests.engine.detector_cases import detector_data, detector_scenario
from tests.export.conftest import refused_export
from tests.runs_for_tests import MakeRun, a_summary
from tests.trained_runs import trained_run

DTYPES = {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def rows_scenario(
    model: dict[str, Any] | None = None, heads: Any = TWINS, **train: Any
) -> Scenario:
    rows = {"train_rows": 300, "val_rows": 200}
    data = {"source": "gaussians", "dim": 5, "separation": 1.5} | rows
    defaults = {"steps": 30, "batch": 32, "seeds": 3, "lr": 0.05, "compile": "never"}
    return Scenario.model_validate(
        {"title": "t", "data": data, "model": model or {}, "train": defaults | train}
        | {"heads": list(heads)}
    )


def exported(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """What the reader of the safetensors package finds in an export of a run."""
    place = path.with_suffix(".safetensors")
    assert main(["export", str(path), "-o", str(place)]) == 0
    with safe_open(place, "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118


def last_frame(path: Path) -> Frame:
    with RunReader(path) as reader:
        frame = reader.last_scheduled()
    assert frame is not None
    return frame


class Rows(nn.Module):
    """Linear layers as the names have them."""

    def __init__(self, sides: list[int], neurons: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(map(nn.Linear, sides, sides[1:]))
        self.output = nn.Linear(sides[-1], neurons)

    def forward(self, rows: Tensor) -> Tensor:
        for layer in self.layers:
            rows = layer(rows).relu()
        u = self.output(rows)
        return u[:, 0] if u.shape[1] == 1 else u[:, 1] - u[:, 0]


class Detector(nn.Module):
    """Convolutions as the names have them."""

    def __init__(self, layers: list[list[int]], channels: int, sizes: int, neurons: int) -> None:
        super().__init__()
        convolutions = []
        for out, kernel, stride in layers:
            convolutions.append(nn.Conv2d(channels, out, kernel, stride, (kernel - stride) // 2))
            channels = out
        self.layers = nn.ModuleList(convolutions)
        self.output = nn.Conv2d(channels, neurons * sizes, 1)
        self.offsets = nn.Conv2d(channels, 4 * sizes, 1)
        self.neurons = neurons

    def forward(self, images: Tensor) -> Tensor:
        for layer in self.layers:
            images = layer(images).relu()
        u = self.output(images).unflatten(1, (self.neurons, -1))
        return u[:, 0] if self.neurons == 1 else u[:, 1] - u[:, 0]


def loaded(module: nn.Module, tensors: dict[str, Tensor], member: str) -> nn.Module:
    own = {
        name.removeprefix(member): tensor
        for name, tensor in tensors.items()
        if name.startswith(member)
    }
    module.load_state_dict(own)  # strict: no name more, none less
    return module.to(next(iter(own.values())).dtype)


def require_scores(frame: Frame, at: tuple[int, int], z: Tensor, positive: Tensor) -> None:
    """The run's own: average precision by scikit-learn, and the loss of class means."""
    logits, objects = z.detach().double().numpy(), positive.numpy()
    tolerance = 0.03 if z.dtype == torch.bfloat16 else 1e-4
    ap = average_precision_score(objects, logits)
    assert ap == pytest.approx(frame.score("ap")[at], abs=tolerance)
    for name, some in (("z_pos", objects), ("z_neg", ~objects)):
        expected = frame.score(name)[at]
        assert logits[some].mean() == pytest.approx(expected, rel=tolerance, abs=tolerance)


@pytest.mark.parametrize(
    ("model", "train"),
    [
        ({}, {}),
        ({"backbone": "mlp", "hidden": [7, 4]}, {"dtype": "float64"}),
        ({"backbone": "mlp", "hidden": [6]}, {"dtype": "bfloat16"}),
        ({}, {"ema": 0.9}),
    ],
    ids=["linear", "mlp", "bfloat16", "average"],
)
def test_rows_are_scored_alike(
    model: dict[str, Any], train: dict[str, Any], tmp_path: Path
) -> None:
    scenario = rows_scenario(model, **train)
    path = trained_run(scenario, tmp_path)
    tensors, metadata = exported(path)
    precision = torch.float64 if train.get("dtype") == "float64" else torch.float32
    rows = build_dataset(scenario.data, tmp_path, precision).evaluation
    dtype = DTYPES[scenario.train.dtype]
    sides = [5, *(model["hidden"] if model else [])]
    frame = last_frame(path)
    for head, entry in enumerate(json.loads(metadata["heads"])):
        assert entry["name"] == scenario.heads[head].name
        for place, seed in enumerate(json.loads(metadata["seeds"])):
            module = loaded(Rows(sides, entry["neurons"]), tensors, f"{entry['name']}.{seed}.")
            z = module(rows.features.to(dtype))
            require_scores(frame, (head, place), z, rows.positive)
    assert metadata["step"] == "30"
    assert ("average" in metadata["parameters"]) == ("ema" in train)
    assert {tensor.dtype for tensor in tensors.values()} == {dtype}


def test_raw_rows_of_a_table_are_scored_alike(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    raw = rng.normal([5, -300, 0, 2], [3, 40, 1e-3, 0], (400, 4))  # the last is constant
    targets = raw[:, 0] + raw[:, 1] / 40 + rng.normal(size=400) > -2.5
    np.savez(tmp_path / "rows.npz", features=raw, targets=targets.astype(float))
    data = {"source": "table", "train": "rows.npz", "standardize": True}
    scenario = Scenario.model_validate(
        {
            "title": "t",
            "data": data,
            "model": {"backbone": "mlp", "hidden": [6]},
            "train": {"steps": 30, "batch": 32, "seeds": 2, "lr": 0.05, "compile": "never"},
            "heads": list(TWINS),
        }
    )
    path = trained_run(scenario, tmp_path)
    tensors, metadata = exported(path)
    scaler = StandardScaler().fit(raw[:, :3])
    np.testing.assert_allclose(tensors["features.mean"][:3], scaler.mean_, rtol=1e-6)
    np.testing.assert_allclose(tensors["features.per_sd"][:3], 1 / scaler.scale_, rtol=1e-5)
    assert tensors["features.per_sd"][3] == 0
    assert "(value − features.mean) · features.per_sd" in metadata["inputs"]

    values = (torch.from_numpy(raw) - tensors["features.mean"]) * tensors["features.per_sd"]
    frame = last_frame(path)
    for head, entry in enumerate(json.loads(metadata["heads"])):
        for place, seed in enumerate(json.loads(metadata["seeds"])):
            module = loaded(Rows([4, 6], entry["neurons"]), tensors, f"{entry['name']}.{seed}.")
            require_scores(frame, (head, place), module(values.float()), torch.from_numpy(targets))


@pytest.mark.parametrize("sizes", [[16.0, 24.0], [16.0, [24.0, 16.0]]], ids=["square", "oblong"])
def test_raw_crops_are_scored_alike(sizes: list[Any], tmp_path: Path) -> None:
    anchors = {"stride": 8, "sizes": sizes}
    data = {"source": "scenes", "train_images": 3, "val_images": 2, "size": 72, "objects": 3}
    scenario = Scenario.model_validate(
        {
            "title": "t",
            "data": data | {"anchors": anchors, "crop": 6},
            "train": {"steps": 30, "batch": 32, "lr": 0.05, "compile": "never"},
            "heads": list(TWINS[:1]),
        }
    )
    path = trained_run(scenario, tmp_path)
    tensors, metadata = exported(path)
    assert metadata["inputs"].startswith("8-bit pixels of an anchor's crop")
    rows = build_dataset(scenario.data, tmp_path, torch.float32).evaluation
    assert isinstance(rows.table, CropTable)
    sides = [[s] if isinstance(s, float) else s for s in sizes]
    wide = any(len(each) == 2 for each in sides)
    over = torch.tensor([each * 2 if wide and len(each) == 1 else each for each in sides]) / 24
    raw = torch.cat([rows.table.pixels.double(), over[rows.table.kinds.long()]], dim=1)
    values = (raw - tensors["features.mean"]) * tensors["features.per_sd"]
    name = scenario.heads[0].name
    module = loaded(Rows([values.shape[1]], 1), tensors, f"{name}.0.")
    require_scores(last_frame(path), (0, 0), module(values.float()), rows.positive)


def test_of_rows_that_were_not_standardised_there_is_no_mean(tmp_path: Path) -> None:
    tensors, metadata = exported(trained_run(rows_scenario(seeds=1), tmp_path))
    assert not [name for name in tensors if name.startswith("features")]
    assert metadata["inputs"] == "a row's features in their order"


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_cells_of_images_are_scored_alike(dtype: str, tmp_path: Path) -> None:
    scenario = detector_scenario(seeds=2, dtype=dtype, steps=10)
    path = trained_run(scenario, tmp_path)
    tensors, metadata = exported(path)
    dataset = detector_data(scenario)
    assert dataset.images is not None
    pixels, anchors = json.loads(metadata["pixels"]), json.loads(metadata["anchors"])
    assert anchors == {"stride": 8, "sizes": [16.0, [24.0, 16.0]]}
    mean, per_sd = (torch.tensor(pixels[key])[:, None, None] for key in ("mean", "per_sd"))
    frame = last_frame(path)
    for head, entry in enumerate(json.loads(metadata["heads"])):
        for place, seed in enumerate(json.loads(metadata["seeds"])):
            layers = json.loads(metadata["model"])["layers"]
            plain = Detector(layers, dataset.images.channels, 2, entry["neurons"])
            module = loaded(plain, tensors, f"{entry['name']}.{seed}.")
            z = []
            for image in dataset.images.evaluation:
                values = (torch.from_numpy(image.pixels) - mean) * per_sd  # 72 is 9 cells
                every = module(values[None].to(DTYPES[dtype]))[0]
                z.append(every.flatten()[torch.from_numpy(image.rows)])
            require_scores(frame, (head, place), torch.cat(z), dataset.evaluation.positive)


def test_a_run_in_parts_has_those_of_every_part(tmp_path: Path) -> None:
    scenario = rows_scenario(seeds=16)

    def room(dataset: Dataset) -> Room:
        return Room(PoolHere(scenario, dataset), 2)

    session = prepare_parts(
        scenario, tmp_path, no_listener, room, max_parts=2, say=lambda line: None
    )
    parts, _ = exported(trained_run(scenario, tmp_path, "parts", session))
    whole, _ = exported(trained_run(scenario, tmp_path, "whole"))
    assert parts.keys() == whole.keys()
    for name, tensor in whole.items():
        assert torch.equal(tensor, parts[name])


def test_the_state_of_the_optimiser_is_not_in_it(tmp_path: Path) -> None:
    tensors, _ = exported(trained_run(rows_scenario(seeds=1), tmp_path))
    # Idle parameters between blocks are not either.
    assert sum(tensor.numel() for tensor in tensors.values()) == 6 + 2 * 6 + 6


def test_a_run_without_parameters_says_so_in_one_line(
    new_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = new_run("fresh", tmp_path)
    assert "the run fresh has no checkpoint" in refused_export(writer.path, "safetensors", capsys)
    writer.finish("finished", a_summary(0), "")


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"recorded": True}, "was recorded by a training loop"), ({"measured": True}, "measured")],
)
def test_a_run_that_was_not_trained_here_says_so(
    changes: dict[str, Any],
    words: str,
    header: Callable[[], Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if "measured" in changes:
        data = tmp_path / "rows.csv"
        data.write_text("logits,targets\n1,1\n-1,0\n")
        arguments = ["measure", str(data), "--runs", str(tmp_path), "--name", "a-run"]
        assert main(arguments) == 0
        capsys.readouterr()
        assert words in refused_export(tmp_path / "a-run.objtui", "safetensors", capsys)
        return
    path = tmp_path / "a-run.objtui"
    path.touch()
    RunWriter(path, replace(header(), **changes), "", "{}").close()
    assert words in refused_export(path, "safetensors", capsys)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (b"", "damaged"),
        (b"\xff" * 40, "damaged"),
        ((2**40).to_bytes(8, "little") + b"{}", "damaged"),
        (b"objtui parts 1\n{}\n", "damaged"),
        (safetensors.numpy.save({"parameters": np.zeros(3)}), "earlier version of objtui"),
        (
            safetensors.numpy.save(
                {"parameters": np.zeros(3)}, metadata={"layout": '{"blocks": [1], "heads": {}}'}
            ),
            "damaged",
        ),
    ],
)
def test_a_checkpoint_of_other_bytes_is_refused_in_one_line(
    damage: bytes, words: str, new_run: MakeRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = new_run("a-run", tmp_path)
    writer.set_checkpoint(0, damage)
    writer.close()
    with closing(sqlite3.connect(writer.path)) as connection, connection:
        connection.execute("UPDATE status SET state = 'stopped'")
    assert words in refused_export(writer.path, "safetensors", capsys)
