"""What `show` writes for anchors.sizes = "auto"."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from objtui.cli.main import main
from objtui.engine.session import prepare
from objtui.errors import DataError
from objtui.scenario.load import load_scenario
from objtui.trainer.fitted import has_sizes_to_fit, with_fitted_sizes

AUTO = ["data.anchors.sizes=auto", "data.anchors.count=2"]


@pytest.mark.parametrize("changes", [[], ["data.source=scenes"]])
def test_the_sizes_are_those_that_the_training_says_it_fitted(changes: list[str]) -> None:
    loaded = load_scenario("nuclei", [*AUTO, *changes])
    assert has_sizes_to_fit(loaded.scenario)
    fitted = with_fitted_sizes(loaded.scenario, loaded.base)
    assert not has_sizes_to_fit(fitted)
    shown = fitted.model_dump()["data"]["anchors"]["sizes"]
    pairs = [size if isinstance(size, tuple) else (size, size) for size in shown]
    text = ", ".join(f"{width:g} × {height:g}" for width, height in pairs)
    notices = prepare(loaded.scenario, loaded.base).notices
    assert any(f"boxes: {text}; " in line for line in notices)


def test_show_writes_them_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "nuclei", "--set", AUTO[0], "--set", AUTO[1]]) == 0
    printed = capsys.readouterr().out
    assert "are fitted to the training boxes" in printed
    anchors = tomllib.loads(printed)["data"]["anchors"]
    assert len(anchors["sizes"]) == 2
    assert "count" not in anchors


def test_show_keeps_auto_where_the_boxes_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'title = "mine"\nheads = [{ name = "b", loss = "bce" }]\n[data]\nsource = "yolo"\n'
        'data = "nowhere"\nanchors.sizes = "auto"\n'
    )
    assert main(["show", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "# data.anchors.sizes stay to be fitted: data.data: " in printed
    assert tomllib.loads(printed)["data"]["anchors"]["sizes"] == "auto"
    loaded = load_scenario(str(file))
    with pytest.raises(DataError, match="No such file or folder"):
        with_fitted_sizes(loaded.scenario, loaded.base)
