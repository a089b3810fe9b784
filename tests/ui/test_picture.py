"""The dashboard as a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from objtui.cli import main
from objtui.frames import Frame
from objtui.runfile.records import RunSummary
from objtui.runfile.writer import RunWriter


@pytest.fixture
def path(new_run: Callable[..., RunWriter], frame: Callable[..., Frame]) -> Path:
    writer = new_run()
    writer.append_frame(frame(0))
    writer.finish("finished", RunSummary(0, 1.0, 0.5, 0.4, 0.1), "")
    return writer.path


def test_a_picture_is_svg_that_shows_the_run_and_loads_nothing(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "picture.svg"
    assert main(["export", str(path), "--out", str(out)]) == 0
    text = "".join(ElementTree.parse(out).getroot().itertext())
    assert "bce" in text
    assert "scores" in text
    assert "url(http" not in out.read_text()


def test_a_place_that_cannot_be_written_is_wrong_usage(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(path), "--out", str(tmp_path / "none" / "picture.svg")]) == 2
    assert "cannot be written" in capsys.readouterr().err
