"""Every refusal of data names the scenario file, the line, the key and what to change."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from objtui.engine.session import prepare
from objtui.errors import DataError
from objtui.scenario.load import located_data_error, parse_scenario

HEAD = '[[heads]]\nname = "bce"\nloss = "bce"\n'
TABLE = 'title = "a"\n[data]\nsource = "table"\n'


def refused(text: str, folder: Path, *overrides: str) -> list[str]:
    loaded = parse_scenario(text + HEAD, "a.toml", folder, overrides)
    with pytest.raises(DataError) as caught:
        prepare(loaded.scenario, folder)
    for key, _ in caught.value.problems:
        assert key, "a problem without a key of the scenario"
    return located_data_error(caught.value, loaded.text, loaded.path, loaded.overrides).lines()


FLOAT64 = '[train]\ndtype = "float64"\n'
GAUSSIANS = 'title = "a"\n[data]\nsource = "gaussians"\n'
SCENES = 'title = "a"\n[data]\nsource = "scenes"\n'
COCO = 'title = "a"\n[data]\nsource = "coco"\ntrain = { images = "i", annotations = "no.json" }\n'


@pytest.mark.parametrize(
    ("text", "place", "remedy"),
    [
        (TABLE + 'train = "no.csv"\n', "a.toml:4: data.train: ", "No such file"),
        (TABLE + 'train = "t.csv"\nval = "no.csv"\n', "a.toml:5: data.val: ", "No such file"),
        (TABLE + 'train = "t.csv"\ntargets = "b"\n', "a.toml:5: data.targets: ", "it has"),
        (TABLE + 'train = "t.csv"\nfeatures = ["b"]\n', "a.toml:5: data.features: ", "it has"),
        (TABLE + 'train = "t.csv"\nval_share = 0.001\n', "a.toml:5: data.val_share: ", "from 0.5"),
        (TABLE + 'train = "zero.csv"\n', "a.toml:2: data.targets: ", "1 for objects"),
        (
            TABLE + 'train = "far.csv"\nstandardize = true\n' + FLOAT64,
            "a.toml:5: data.standardize: ",
            "down",
        ),
        (TABLE + 'train = "t.npz"\ntargets = "t"\n', "a.toml:5: data.targets: ", "no array 't'"),
        (GAUSSIANS + "positive_share = 1e-9\n", "a.toml:4: data.positive_share: ", "at least"),
        (GAUSSIANS + "separation = 1e300\n", "a.toml:4: data.separation: ", "smaller numbers"),
        (GAUSSIANS + "dim = 1000000000000\n", "a.toml:2: data: ", "data.dim = "),
        (GAUSSIANS + "[train]\nbatch = 9999\n", "a.toml:5: train.batch: ", "at most 2000"),
        (SCENES + "objects = 0\n", "a.toml:4: data.objects: ", "at least 1"),
        (SCENES + "objects = 9999\n", "a.toml:4: data.objects: ", "use fewer"),
        (SCENES + "size = 10000000\n", "a.toml:2: data: ", "use data.size = "),
        (SCENES + "crop = 1000000\n", "a.toml:2: data: ", "data.crop = "),
        (SCENES + "anchors.sizes = [999]\n", "a.toml:4: data.anchors.sizes: ", "at most 256"),
        (COCO, "a.toml:4: data.train.annotations: ", "No such file"),
        (
            'title = "a"\n[data]\nsource = "points"\nfeatures = [[1e300]]\ntargets = [1]\n',
            "a.toml:4: data.features: ",
            "float64",
        ),
    ],
)
def test_a_refusal_of_data_names_line_and_key(
    text: str, place: str, remedy: str, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("a,targets\n1,1\n2,0\n")
    (tmp_path / "zero.csv").write_text("a,targets\n1,0.25\n2,0\n")
    (tmp_path / "far.csv").write_text("a,targets\n-1e300,1\n1e300,0\n")
    np.savez(tmp_path / "t.npz", features=np.ones((2, 1)), targets=np.ones(2))
    lines = refused(text, tmp_path)
    assert lines[0].startswith(place)
    assert remedy in lines[0]


def test_a_key_that_an_option_wrote_is_at_that_option(tmp_path: Path) -> None:
    (line,) = refused(TABLE + 'train = "t.csv"\n', tmp_path, "data.train=none.csv")
    assert line.startswith("--set: data.train: ")
