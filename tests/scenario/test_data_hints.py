"""What is said where somebody names data in the place of a scenario."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from objtui.cli.main import main
from tests.user_data import write_coco, write_logits, write_rows, write_yolo


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OBJTUI_RUNS", raising=False)
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 2
    assert not Path("runs").exists()
    return capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "check", "show"])
def test_every_command_that_takes_a_scenario_says_how_to_make_one(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_yolo(folder / "my cells", {"train": 1})
    write_coco(folder / "c" / "train.json", folder / "c", 1)
    write_rows(folder / "rows.csv", 3)
    for path, name in (("my cells", "my cells"), ("c/train.json", "c"), ("rows.csv", "rows")):
        new = shlex.join(["objtui", "new", f"{name}.toml", "--from", path])
        assert f"no scenario; make one of it with: {new}\n" in refused(capsys, command, path)


def test_of_logits_the_command_that_shows_them_comes_first(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_logits(folder / "logits.npz", 3)
    said = refused(capsys, "run", "logits.npz")
    assert "see them as they are with: objtui measure logits.npz; or make" in said
    (folder / "p.csv").write_text("label,prob\n1,.5\n")
    said = refused(capsys, "run", "p.csv")
    command = "objtui measure p.csv --logits prob --probabilities --targets label"
    assert f"{command}; or" in said
    assert main(shlex.split(command)[1:]) == 0


def test_a_name_that_is_taken_is_not_proposed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_rows(folder / "rows.csv", 3)
    (folder / "rows.toml").write_text("")
    assert "objtui new rows-2.toml --from rows.csv" in refused(capsys, "run", "rows.csv")


def test_images_without_boxes_are_told_what_they_lack(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "pictures").mkdir()
    (folder / "pictures" / "a.png").write_bytes(b"")
    said = refused(capsys, "run", "pictures")
    assert "holds no boxes that are known: expected YOLO labels" in said


def test_a_device_is_refused_as_ever(capsys: pytest.CaptureFixture[str]) -> None:
    assert "is not a regular file" in refused(capsys, "run", "/dev/zero")
