"""A loss is added by editing one file, an optimiser by one, a source of data by two.

A copy of the package is edited by those recipes, and used as any other: shown, checked,
trained, exported.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

import pytest
import torch

import objtui
from objtui.engine.model.head_loss import HeadLoss
from objtui.engine.steps.optimizers import Updates
from objtui.losses import LOSSES, Formula
from objtui.measures.scores import GROUPS
from objtui.optimizers import OPTIMIZERS, Optimizer
from objtui.scenario.bundled import bundled_names
from objtui.scenario.schema import SOURCES, Train
from tests import toys
from tests.engine.cases import TWINS, make_scenario
from tests.engine.steps.compiled.test_traced import check

PACKAGE = Path(objtui.__file__).parent

SCENARIO = """title = "toys"
[data]
source = "ring"
[train]
steps = 300
optimizer = "adagrad"
lr = 0.5
lr_decay = 0.001
seeds = 2
[[heads]]
name = "b"
loss = "bce"
[[heads]]
name = "t"
loss = "tempered"
kappa = 3
"""


def insert(file: Path, before: str, code: str, entry: str) -> None:
    """Write `code` before a line that opens a table, and `entry` at its beginning."""
    text = file.read_text()
    assert text.count(before) == 1
    file.write_text(text.replace(before, f"{code}\n\n{before}{entry}, "))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the edited copy of the package and the scenario."""
    folder = tmp_path_factory.mktemp("doors")
    copy = folder / "objtui"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    insert(
        copy / "losses.py",
        "LOSSES: dict[str, Loss] = {",
        inspect.getsource(toys.Tempered),
        '"tempered": Loss(Tempered)',
    )
    insert(
        copy / "optimizers.py",
        "OPTIMIZERS: dict[str, type[Optimizer]] = {",
        inspect.getsource(toys.Adagrad),
        '"adagrad": Adagrad',
    )
    insert(
        copy / "scenario/schema/rows.py",
        "ROW_SOURCES: tuple[type[DataTable], ...] = (",
        inspect.getsource(toys.RingData),
        "RingData",
    )
    builder = copy / "engine/data/rows/ring.py"
    imports = (copy / "engine/data/rows/points.py").read_text().partition("\n\ndef build")[0]
    imports = imports.replace("schema import PointsData", "schema.rows import RingData")
    builder.write_text(f"{imports}\n\n{inspect.getsource(toys.build)}")
    (folder / "toys.toml").write_text(SCENARIO)
    return folder


def run(tree: Path, *arguments: str, code: int = 0) -> str:
    """What a command of the copy prints, on stdout where it succeeds, else on stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "objtui", *arguments],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


def test_show_fills_in_the_defaults_of_each(tree: Path) -> None:
    text = run(tree, "show", "toys.toml")
    shown = tomllib.loads(text)
    ring = {"source": "ring", "seed": 0, "missing": 0.0, "rows": 200, "radius": 2.0}
    assert shown["data"] == ring
    assert (shown["train"]["eps"], shown["train"]["lr_decay"]) == (1e-10, 0.001)
    assert "betas" not in shown["train"]
    assert "kappa" not in shown["heads"][0]
    assert shown["heads"][1]["kappa"] == 3
    (tree / "shown.toml").write_text(text)
    assert run(tree, "show", "shown.toml") == text


def test_the_json_schema_has_their_keys(tree: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(run(tree, "schema")))
    assert not list(validator.iter_errors(tomllib.loads(SCENARIO)))
    for right, wrong in (
        ("kappa = 3", "kappa = 0"),
        ("lr_decay", "lr_dekay"),
        ('"ring"', '"rung"'),
    ):
        assert list(validator.iter_errors(tomllib.loads(SCENARIO.replace(right, wrong)))), wrong
    head = validator.schema["$defs"]["Head"]["properties"]
    assert head["kappa"]["description"] == 'Temperature of "tempered".'


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("kappa = 3", "kapa = 3", "heads[1].kapa: unknown key; did you mean kappa?"),
        ("kappa = 3", "kappa = 0", "heads[1].kappa: expected a number > 0, got 0"),
        ('"bce"', '"bce"\nkappa = 2', 'heads[0].kappa: only with loss "tempered"'),
        ('"tempered"', '"temperd"', 'did you mean "tempered"?'),
        ('"adagrad"', '"adagard"', 'did you mean "adagrad"?'),
        ('"adagrad"', '"adam"', 'train.lr_decay: only with optimizer "adagrad"'),
        ("lr_decay = 0.001", "momentum = 0.9", 'train.momentum: only with optimizer "sgd"'),
        (
            '"adagrad"\nlr = 0.5\nlr_decay = 0.001',
            '"sgd"\neps = 1',
            'train.eps: only with optimizer "adagrad", "adam" or "adamw"',
        ),
        ('"ring"', '"rimg"', 'did you mean "ring"?'),
        ('"ring"', '"ring"\nradius = 0.5', "data.radius: expected more than 1, the radius"),
        ('"ring"', '"ring"\nradios = 3', "data.radios: unknown key; did you mean radius?"),
    ],
)
def test_complaints_know_them(tree: Path, right: str, wrong: str, message: str) -> None:
    assert right in SCENARIO
    (tree / "wrong.toml").write_text(SCENARIO.replace(right, wrong))
    assert message in run(tree, "show", "wrong.toml", code=2)


def test_they_train_and_are_recorded_and_exported(tree: Path) -> None:
    run(tree, "run", "toys.toml", "--headless", "--set", "heads.t.kappa=2")
    run(tree, "export", "last", "--format", "jsonl", "-o", "toys.jsonl")
    lines = [json.loads(line) for line in (tree / "toys.jsonl").read_text().splitlines()]
    last = [line for line in lines if line.get("step") == 300]
    assert last
    assert {"b", "t"} == {head["name"] for head in lines[0]["heads"]}


ALL = [*(loss.formula() for loss in LOSSES.values()), toys.Tempered(), toys.Tempered(0.5)]


@pytest.mark.parametrize("double_sigmoid", [False, True])
@pytest.mark.parametrize("formula", ALL, ids=str)
def test_the_slope_of_every_loss_is_that_of_autograd(
    formula: Formula, double_sigmoid: bool
) -> None:
    loss = HeadLoss(formula, 0.1, 2.0, double_sigmoid)
    z = torch.linspace(-30, 30, 601, dtype=torch.float64).requires_grad_()
    for t in (0.0, 0.3, 1.0):
        target = torch.full_like(z, t)
        values = loss.values(z, target, target >= 0.5)
        (expected,) = torch.autograd.grad(values.sum(), z)
        slope = z.detach().sigmoid()
        loss.slope_(z.detach(), slope, target, target >= 0.5)
        torch.testing.assert_close(slope, expected, rtol=1e-9, atol=1e-12)


def test_a_loss_without_a_closed_optimum_has_one_by_search() -> None:
    target = torch.tensor([0.1, 0.5, 0.8], dtype=torch.float64)
    best = toys.Tempered(2.0).best_logit(target)
    torch.testing.assert_close(best, target.logit() / 2, rtol=0, atol=1e-6)


class AdagradTrain(Train):
    """Settings by which an optimiser trains that the schema does not have."""

    @property
    def update_rule(self) -> Optimizer:
        return toys.Adagrad(lr_decay=0.01)


def test_an_optimiser_without_fused_kernel_follows_torch_optim() -> None:
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(10, generator=generator, dtype=torch.float64)
    ours, theirs = start.clone(), start.clone().requires_grad_()
    half = torch.full_like(start, 0.5)
    updates = Updates(ours, AdagradTrain(weight_decay=0.1), half, torch.ones_like(start))
    peer = torch.optim.Adagrad([theirs], lr=0.05, lr_decay=0.01, weight_decay=0.1)
    for taken in range(100):
        gradient = torch.randn(10, generator=generator, dtype=torch.float64)
        updates.step(gradient, 0.1, taken)
        theirs.grad = gradient.clone()
        peer.step()
    torch.testing.assert_close(ours, theirs.detach(), rtol=0, atol=1e-12)


def test_its_compiled_steps_are_those_of_a_training() -> None:
    scenario = make_scenario(TWINS, seeds=2)
    train = AdagradTrain.model_validate(scenario.train.model_dump() | {"lr": 0.1})
    check(scenario.model_copy(update={"train": train}))


def strings_of(file: Path) -> list[str]:
    """The strings of a module, parts of formatted ones too, but for docstrings."""
    tree = ast.parse(file.read_text())
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr)
    }
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return [
        node.value
        for node in constants
        if isinstance(node.value, str) and id(node) not in docstrings
    ]


OTHER_MEANINGS = {"quality"}
"""Names that are words of their own, too: of the kind of a score."""


@pytest.mark.parametrize(
    ("home", "names"),
    [
        ("losses.py", tuple(LOSSES)),
        ("optimizers.py", tuple(OPTIMIZERS)),
    ],
)
def test_no_other_file_knows_one_by_name(home: str, names: tuple[str, ...]) -> None:
    knowing = [
        f"{file.relative_to(PACKAGE)}: {text}"
        for file in PACKAGE.rglob("*.py")
        if file != PACKAGE / home
        for text in strings_of(file)
        if text not in OTHER_MEANINGS
        if any(text == name or f'"{name}"' in text for name in names)
        if not (file == PACKAGE / "advice/rules.py" and text in bundled_names())
        if not (file == PACKAGE / "measures/scores.py" and text in GROUPS)
    ]
    assert not knowing


def test_only_the_schema_and_the_engines_data_know_a_source() -> None:
    homes = (PACKAGE / "scenario/schema", PACKAGE / "engine/data")
    others = [
        file
        for file in PACKAGE.rglob("*.py")
        if not any(file.is_relative_to(home) for home in homes)
    ]
    names = [re.escape(get_args(table.model_fields["source"].annotation)[0]) for table in SOURCES]
    classes = "|".join(table.__name__ for table in SOURCES)
    asks = re.compile(rf"{classes}|source (==|!=|in) .*\"({'|'.join(names)})\"")
    asking = [f"{file.relative_to(PACKAGE)}" for file in others if asks.search(file.read_text())]
    assert not asking
