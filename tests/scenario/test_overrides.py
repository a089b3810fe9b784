"""`--set KEY=VALUE`: what a key reaches, how a value is read, what is said of a wrong one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from objtui.errors import ScenarioError
from objtui.scenario.load import load_scenario, parse_scenario
from objtui.scenario.schema import Model, Scenario, Train

TEXT = """\
title = "t"
[data]
source = "gaussians"
[[heads]]
name = "bce"
loss = "bce"
[[heads]]
name = "ce"
loss = "ce"
"""


def scenario(*overrides: str) -> Scenario:
    return parse_scenario(TEXT, "x.toml", Path(), overrides).scenario


def problems(*overrides: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        scenario(*overrides)
    return caught.value.lines()


def test_values_are_toml_or_else_strings() -> None:
    train = scenario(
        "train.optimizer=sgd",
        "train.lr=1e-2",
        "train.seeds=[4, 2]",
        ' train.batch = "all"',
        "train.device=cuda:0",
    ).train
    assert (train.optimizer, train.lr, train.seeds) == ("sgd", 0.01, (4, 2))
    assert (train.batch, train.device) == ("all", "cuda:0")
    assert scenario("title=a = b # c").title == "a = b # c"
    assert scenario('question=1\nx = "2"').question == '1\nx = "2"'
    assert scenario('question=""').question == ""


def test_heads_are_reached_by_name_and_by_position() -> None:
    heads = scenario("heads.ce.mirror=bce", "heads.0.lr_scale=2", "heads[0].prior=0.1").heads
    assert heads[1].mirror == "bce"
    assert (heads[0].lr_scale, heads[0].prior) == (2, 0.1)
    with pytest.raises(ScenarioError, match="a mirror takes it from its head"):
        scenario("heads.ce.mirror=bce", "heads.ce.prior=0.1")


MANY_KEYS = """\
title = "t"
[data]
source = "gaussians"
dim = 3
separation = 2.0
[model]
backbone = "mlp"
hidden = [8]
activation = "tanh"
[train]
betas = [0.8, 0.9]
[[heads]]
name = "bce"
loss = "bce"
[[heads]]
name = "ce"
loss = "ce"
mirror = "bce"
[[heads]]
name = "other"
loss = "focal"
gamma = 1
prior = 0.1
"""


@pytest.mark.parametrize(
    ("override", "lost"),
    [
        ("model.backbone=none", ["hidden = [8]\n", 'activation = "tanh"\n']),
        ("train.optimizer=sgd", ["betas = [0.8, 0.9]\n"]),
        ("heads.ce.loss=mse", ['mirror = "bce"\n']),
        ("heads.other.loss=bce", ["gamma = 1\n"]),
        ("heads.other={ name = 'x', loss = 'ce' }", []),
        ("data.source=logistic", ["separation = 2.0\n"]),
    ],
)
def test_keys_of_the_file_that_only_an_option_leaves_idle_are_dropped(
    override: str, lost: list[str]
) -> None:
    loaded = parse_scenario(MANY_KEYS, "x.toml", Path(), [override])
    without = MANY_KEYS
    for line in lost:
        assert line in without
        without = without.replace(line, "")
    assert loaded.scenario == parse_scenario(without, "x.toml", Path(), [override]).scenario
    again = parse_scenario(loaded.text, loaded.path, loaded.base, loaded.overrides)
    assert again == loaded


def test_bundled_nuclei_can_be_run_without_its_backbone() -> None:
    assert load_scenario("nuclei", ["model.backbone=none"]).scenario.model == Model()
    assert load_scenario("nuclei").scenario.model == Model(backbone="mlp", hidden=(32,))


def test_the_options_that_the_readme_shows_work_on_bundled_nuclei() -> None:
    readme = Path(__file__).parents[2] / "README.md"
    shown = re.findall(r"--set (\w+\.[\w.]+=[\w.]*)", readme.read_text(encoding="utf-8"))
    assert {"train.steps=500", "heads.ce.mirror="} <= set(shown)
    assert load_scenario("nuclei", shown).scenario.train.steps == 500


@pytest.mark.parametrize(
    ("file", "overrides", "expected"),
    [
        (MANY_KEYS, ["train.momentum=0.9"], "--set: train.momentum: only with optimizer"),
        (MANY_KEYS, ["model={ hidden = [3] }"], "--set: model.hidden: only with backbone"),
        (MANY_KEYS, ["train.steps=5", "data.slope=1"], "--set: data.slope: not a key of this"),
        (TEXT + "gamma = 1\n", ["train.steps=5"], "x.toml:10: heads[1].gamma: only with loss"),
        (TEXT + "gamma = 1\n", ["heads.ce.loss=mse"], "x.toml:10: heads[1].gamma: only with"),
    ],
)
def test_keys_that_are_idle_by_themselves_are_still_refused(
    file: str, overrides: list[str], expected: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(file, "x.toml", Path(), overrides)
    (line,) = caught.value.lines()
    assert line.startswith(expected)


def test_an_empty_value_removes_a_key() -> None:
    overrides = ["heads.ce.mirror=", "heads.ce.lr_scale=0.5", "model.hidden=", "heads.other.prior="]
    loaded = parse_scenario(MANY_KEYS, "x.toml", Path(), overrides)
    heads = {head.name: head for head in loaded.scenario.heads}
    assert (heads["ce"].mirror, heads["ce"].lr_scale, heads["other"].prior) == (None, 0.5, None)
    assert loaded.scenario.model.hidden == (64,)
    assert parse_scenario(loaded.text, loaded.path, loaded.base, loaded.overrides) == loaded
    assert scenario("train.betas=").train == Train()  # it need not be there
    assert scenario("data.dim=4", "data.dim=", "data.separation=1").data.model_fields_set == {
        "source",
        "separation",
    }


def test_a_mirrored_head_says_how_to_remove_its_mirror() -> None:
    (line,) = problems("heads.ce.mirror=bce", "heads.ce.lr_scale=0.5")
    assert line == (
        '--set: heads[1].lr_scale: a mirror takes it from its head: set it on "bce", '
        "or remove mirror (--set heads.ce.mirror=)"
    )


def test_later_options_win() -> None:
    assert scenario("train.steps=5", "train.steps=7").train.steps == 7
    assert scenario("train.steps=0", "train={ steps = 9 }").train.steps == 9


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("train.stepz=5", "--set: train.stepz: unknown key; did you mean steps?"),
        ("trian.steps=5", "--set: trian: unknown key; did you mean train?"),
        ("train.lr=0", "--set: train.lr: expected a number > 0, got 0"),
        ("train", "--set: expected KEY=VALUE, got 'train'"),
        ("train.bets=", "--set: train.bets: unknown key; did you mean betas?"),
        ("x=", "--set: x: unknown key"),
        ("title=", "--set: title: missing; expected a string that is not empty"),
        ("heads.ce.name=", "--set: heads[1].name: missing; expected a name of letters"),
        ("heads.1=", "--set: heads.1: only a key can be removed, not an item of a list"),
        ("=3", "--set: expected KEY=VALUE, got '=3'"),
        ("train..lr=1", "--set: train..lr: a key has an empty part"),
        ("title.x=1", "--set: title.x: title is neither a table nor a list"),
        ("heads.c.prior=1", '--set: heads.c.prior: there is no head named "c"; did you mean "ce"?'),
        ("heads.2.prior=1", "--set: heads.2.prior: heads has 2 items, counted from 0"),
        ("data.slope=1", "--set: data.slope: not a key of this source, only of logistic"),
    ],
)
def test_a_wrong_option_is_named_without_a_line(override: str, expected: str) -> None:
    (line,) = problems(override)
    assert line.startswith(expected)


def test_wrong_options_come_with_the_problems_of_the_file() -> None:
    lines = problems("data.source=logistc", "heads.x.prior=1", "heads.ce.loss=cee")
    assert [line.split(": ")[:2] for line in lines] == [
        ["--set", "heads.x.prior"],
        ["--set", "data.source"],
        ["--set", "heads[1].loss"],
    ]
