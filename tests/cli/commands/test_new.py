"""`objtui new PATH --from DATA`: from somebody's data to a first answer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from objtui.cli.main import main
from objtui.scenario.load import load_scenario
from objtui.scenario.schema import CocoData, Scenario, TableData, YoloData
from tests.user_data import write_coco, write_logits, write_rows, write_yolo

FEW = ("--headless", "--json", "--seeds", "1", "--set", "train.steps=20")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test runs in a folder of its own, where runs go to `runs`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OBJTUI_RUNS", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What a command prints on stdout, or on stderr where it fails."""
    capsys.readouterr()
    assert main(arguments) == code
    out, err = capsys.readouterr()
    return err if code else out


def made(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[Scenario, str]:
    """The scenario of `new mine.toml …`, which trains as it is, and what was said."""
    text = said(capsys, "new", "mine.toml", *arguments)
    assert text.endswith("wrote mine.toml; train it with: objtui run mine.toml\n")
    lines = said(capsys, "run", "mine.toml", *FEW).splitlines()
    end = json.loads(lines[-1])
    assert (end["type"], end["state"]) == ("end", "finished")
    return load_scenario("mine.toml").scenario, text


def test_yolo_without_validation_images_holds_some_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_yolo(folder / "cells", {"train": 10})
    scenario, text = made(capsys, "--from", "cells")
    assert isinstance(scenario.data, YoloData)
    assert scenario.data.val_share == 0.2
    assert "cells: 8 training images and 2 held out for validation, grey, 64 × 48 pixels" in text
    assert "20 boxes in 10 images, of 2 categories" in text
    written = Path("mine.toml").read_text()
    assert "# All categories are taken as one: 0 (10 boxes), 1 (10 boxes)" in written
    assert '# category = "0"' in written
    assert "recall ceiling" in written


@pytest.mark.thorough
def test_coco_with_a_validation_file_beside_it_is_measured_on_that(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mine").mkdir()
    write_coco(folder / "c/train/_annotations.coco.json", folder / "c/train", 4, ("cell",))
    write_coco(folder / "c/valid/_annotations.coco.json", folder / "c/valid", 2, ("cell",))
    scenario, text = made(capsys, "--from", "c")
    assert isinstance(scenario.data, CocoData)
    assert scenario.data.val is not None
    assert scenario.data.val.annotations == "c/valid/_annotations.coco.json"
    assert "4 training images and 2 for validation" in text
    assert "all cell" in text


def test_a_table_has_its_targets_by_name_and_rows_held_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_rows(folder / "rows.csv", 100)
    scenario, text = made(capsys, "--from", "rows.csv")
    assert isinstance(scenario.data, TableData)
    assert (scenario.data.targets, scenario.data.val_share) == ("label", 0.3)
    assert "70 training rows and 30 of validation, 3 features" in text


@pytest.mark.thorough
def test_of_logits_the_head_is_a_slope_and_the_command_that_shows_them_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_logits(folder / "logits.npz", 200)
    scenario, text = made(capsys, "--from", "logits.npz")
    assert isinstance(scenario.data, TableData)
    assert scenario.data.features == "logits"
    assert scenario.model.backbone == "none"
    assert "to see these scores as they are: objtui measure logits.npz\n" in text


def test_validation_rows_of_a_file_beside_are_taken(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_rows(folder / "train.npz", 50)
    write_rows(folder / "val.npz", 40, seed=1)
    text = said(capsys, "new", "mine.toml", "--from", "train.npz")
    assert "50 training rows and 40 of validation" in text
    data = load_scenario("mine.toml").scenario.data
    assert isinstance(data, TableData)
    assert (data.val, data.val_share) == ("val.npz", None)


def test_nothing_is_overwritten_and_that_is_said_before_data_are_read(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mine.toml").write_text("mine")
    assert "is there already" in said(capsys, "new", "mine.toml", "--from", "nowhere", code=2)
    assert "is there already" in said(capsys, "new", "mine.toml", code=2)
    assert (folder / "mine.toml").read_text() == "mine"


def test_data_that_are_none_leave_no_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "labelme.json").write_text('{"shapes": []}')
    np.savez(folder / "odd.npz", a=np.zeros((5, 2)), b=np.zeros(5))
    np.savez(folder / "three.npz", a=np.zeros((5, 2)), b=np.zeros(5), targets=np.ones(5))
    (folder / "pictures").mkdir()
    (folder / "pictures" / "a.png").write_bytes(b"")
    for data, words in (
        ("nowhere", "nowhere: No such file or folder"),
        ("/dev/zero", "/dev/zero: expected a YOLO data.yaml or folder"),
        ("labelme.json", "is LabelMe JSON"),
        ("odd.npz", "has no targets by name; it has 'a', 'b'"),
        ("three.npz", "which array holds the features? Beside the targets it has 'a', 'b'"),
        ("pictures", "holds images, but no boxes"),
    ):
        assert words in said(capsys, "new", "mine.toml", "--from", data, code=2)
    assert "no 'c'" in said(
        capsys, "new", "mine.toml", "--from", "odd.npz", "--targets", "c", code=2
    )
    assert not (folder / "mine.toml").exists()


def test_targets_go_with_data_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert "goes with --from" in said(capsys, "new", "mine.toml", "--targets", "y", code=2)


def test_without_data_it_is_the_starter(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "new", "a b.toml").endswith("objtui run 'a b.toml'\n")
    assert load_scenario("a b.toml").scenario.title == "My first scenario"
