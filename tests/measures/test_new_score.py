"""A new score is an entry in SCORES and a value: in a copy of the package that has one more."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import objtui
from objtui.measures.scores import SCORE_NAMES
from objtui.runfile.reader import RunReader
from tests.patience import GIVE_UP_S

OLD_RUNS = Path(__file__).parents[1] / "runfile" / "fixtures"

ENTRY = 'Score("margin", "mean logit of all rows", heading="mar-gin", direction="higher", first=7)'
VALUE = '"margin": logits.mean(-1)'

SCENARIO = """
title = "One more score"
[data]
source = "gaussians"
train_rows = 100
dim = 2
[train]
steps = 20
eval_every = 5
seeds = 2
[[heads]]
name = "bce"
loss = "bce"
[[claims]]
text = "It is a number"
test = "abs(bce.margin) < 1e9"
"""

DRAWING = """
import sys
from pathlib import Path
from objtui.runs.comparison import Comparison
from objtui.runs.source import RunSource
from objtui.ui.dashboard.offscreen import named_panel
from objtui.ui.dashboard.renderer import Renderer
from objtui.ui.theme import Theme
runs = Comparison([RunSource(Path(sys.argv[1]))])
while runs.behind:
    runs.poll()
renderer = Renderer(Theme(), "a title")
for name, width, height in (("curves", 60, 10), ("scores", 100, 8)):
    panel, state = named_panel(runs.history, name)
    scene = renderer.scene(runs, state.next_score(-1))
    lines = renderer.panel(scene, panel, width, height)
    print("\\n".join(line.plain for line in lines))
"""

Python = Callable[..., str]


def insert(file: Path, before: str, text: str) -> None:
    content = file.read_text()
    assert content.count(before) == 1, before
    file.write_text(content.replace(before, f"{text},{before}"))


@pytest.fixture(scope="module")
def one_more(tmp_path_factory: pytest.TempPathFactory) -> Python:
    """A function that runs Python on a copy of the package with one more score."""
    folder = tmp_path_factory.mktemp("copy")
    package = folder / "objtui"
    source = Path(objtui.__file__).parent
    shutil.copytree(source, package, ignore=shutil.ignore_patterns("__pycache__"))
    insert(package / "measures" / "scores.py", "\n)\n\nSCORE_NAMES", f"\n    {ENTRY}")
    insert(package / "engine" / "scoring" / "evaluate.py", '\n            "gap": gap,', VALUE)

    def run(*arguments: str | Path) -> str:
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            timeout=GIVE_UP_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    (folder / "a.toml").write_text(SCENARIO)
    run("-m", "objtui", "run", "a.toml", "--headless", "--json", "--runs", folder, "--name", "new")
    return run


def test_it_is_trained_written_out_and_judged(one_more: Python) -> None:
    lines = [
        json.loads(line)
        for line in one_more(
            "-m", "objtui", "export", "new.objtui", "--format", "jsonl", "--out", "-"
        ).splitlines()
    ]
    frames = [line for line in lines if line["type"] == "frame"]
    assert [frame["step"] for frame in frames] == [0, 5, 10, 15, 20]
    for frame in frames:
        assert tuple(frame["heads"]["bce"]["scores"]) == (*SCORE_NAMES, "margin")
    [claim] = [line for line in lines if line["type"] == "claim"]
    assert claim["verdict"] == "holds"
    rows = csv.DictReader(
        io.StringIO(
            one_more("-m", "objtui", "export", "new.objtui", "--format", "csv", "--out", "-")
        )
    )
    values = [float(row["margin"]) for row in rows]
    assert values[-2:] == frames[-1]["heads"]["bce"]["scores"]["margin"]["values"]


def test_it_is_drawn_as_a_curve_and_a_column(one_more: Python) -> None:
    out = one_more("-c", DRAWING, "new.objtui")
    assert "margin ── ● bce" in out
    assert "gap mar−gin" in " ".join(out.split())


def test_older_runs_are_read_and_go_on_with_the_scores_that_they_have(
    one_more: Python, tmp_path: Path
) -> None:
    shutil.copytree(OLD_RUNS, tmp_path, dirs_exist_ok=True)
    out = one_more("-m", "objtui", "watch", tmp_path / "finished.objtui", "--headless", "--json")
    assert '"state": "finished"' in out
    assert "margin" not in out
    one_more("-m", "objtui", "resume", tmp_path / "stopped.objtui", "--headless")
    with RunReader(OLD_RUNS / "stopped.objtui") as reader:
        earlier = reader.header().score_names
    with RunReader(tmp_path / "stopped.objtui") as reader:
        frames = [entry.frame for entry in reader.frames_after(scheduled_only=True)]
    assert [frame.step for frame in frames] == [0, 15, 30, 45, 60]
    assert {frame.score_names for frame in frames} == {earlier}
