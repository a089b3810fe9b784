"""A folder of scenarios and runs, and the scenarios that a picker offers."""

from __future__ import annotations

from pathlib import Path

import pytest

from objtui.scenario import bundled
from tests.ui.picker.picker_cases import MINE


@pytest.fixture(autouse=True)
def three_bundled(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three bundled scenarios only, so that a list of them fits every terminal."""
    folder = tmp_path_factory.mktemp("bundled")
    for name in ("nuclei", "saturation", "spread"):
        (folder / f"{name}.toml").write_bytes(bundled.bundled_path(name).read_bytes())
    monkeypatch.setattr(bundled, "bundled_folder", lambda: folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a scenario of one's own, a broken one and a file of something else."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "mine.toml").write_text(MINE)
    (folder / "torn.toml").write_text('title = "Torn\n')
    (folder / "pyproject.toml").write_text('[project]\nname = "other"\n')
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """An empty folder of runs."""
    runs = tmp_path / "runs"
    runs.mkdir()
    return runs
