"""Every kind of run file in every format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from objtui.cli.main import main
from objtui.export.formats import OF_EVERY_RUN


@pytest.mark.parametrize(
    "name", [entry.name for entry in OF_EVERY_RUN if entry.name not in ("png", "pdf")]
)
def test_a_run_file_of_every_kind_is_written(any_run: Any, name: str, tmp_path: Path) -> None:
    place = tmp_path / "out"
    assert main(["export", str(any_run.path), "--format", name, "--out", str(place)]) == 0
    files = [path for path in [place, *place.rglob("*")] if path.is_file()]
    assert files
    assert all(path.stat().st_size > 0 for path in files)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
