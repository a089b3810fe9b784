"""Knowing the data files of a run again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from objtui.datafiles.provenance import content_digest, noted_files
from objtui.engine.data.images.coco_json import read_annotations
from objtui.engine.session import prepare
from objtui.errors import DataError
from objtui.scenario.schema import Scenario


def write_table(folder: Path, first: float = 0.0) -> None:
    folder.mkdir(exist_ok=True)
    features = np.arange(20.0).reshape(10, 2)
    features[0, 0] = first
    np.savez(folder / "rows.npz", features=features, targets=np.arange(10) % 2)


def digest_of(folder: Path) -> str:
    scenario = Scenario.model_validate(
        {
            "title": "test",
            "data": {"source": "table", "train": "rows.npz"},
            "train": {"steps": 20, "batch": 5},
            "heads": [{"name": "bce", "loss": "bce"}],
        }
    )
    return prepare(scenario, folder).data_digest


def test_the_same_content_is_the_same_data_wherever_it_lies(tmp_path: Path) -> None:
    write_table(tmp_path / "here")
    write_table(tmp_path / "there")
    assert digest_of(tmp_path / "here") == digest_of(tmp_path / "there") != ""


def test_another_number_in_a_file_makes_other_data(tmp_path: Path) -> None:
    write_table(tmp_path)
    before = digest_of(tmp_path)
    write_table(tmp_path, first=0.5)
    assert digest_of(tmp_path) != before


def test_the_images_of_a_scenario_count_as_well_as_its_annotations() -> None:
    base = Path(__file__).parents[2] / "scenarios"
    with noted_files() as files:
        folder = base / "data" / "nuclei"
        read_annotations(folder / "train.json", folder, None)
    assert {path.name for path in files} == {"train.json", "train.png"}
    assert len(content_digest(files, base)) == 64


def test_data_from_no_file_have_no_digest() -> None:
    scenario = Scenario.model_validate(
        {
            "title": "test",
            "data": {"source": "gaussians", "train_rows": 20},
            "train": {"steps": 20, "batch": 5},
            "heads": [{"name": "bce", "loss": "bce"}],
        }
    )
    assert prepare(scenario, Path()).data_digest == ""


def test_a_file_that_is_gone_again_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="gone: No such file or directory, after it was read"):
        content_digest([tmp_path / "gone"], tmp_path)


def test_files_of_equal_name_that_change_places_are_other_data(tmp_path: Path) -> None:
    files = [tmp_path / folder / "f.npz" for folder in ("train", "val")]
    for file, content in zip(files, (b"one", b"two"), strict=True):
        file.parent.mkdir()
        file.write_bytes(content)
    before = content_digest(files, tmp_path)
    files[0].write_bytes(b"two")
    files[1].write_bytes(b"one")
    assert content_digest(files, tmp_path) != before
