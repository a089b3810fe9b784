"""`--set KEY=VALUE`: what a key reaches, how a value is read, what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from objtui.errors import ScenarioError
from objtui.scenario.load import parse_scenario
from objtui.scenario.schema import Scenario

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
    assert scenario("question=").question == ""


def test_heads_are_reached_by_name_and_by_position() -> None:
    heads = scenario("heads.ce.mirror=bce", "heads.0.lr_scale=2", "heads[0].prior=0.1").heads
    assert heads[1].mirror == "bce"
    assert (heads[0].lr_scale, heads[0].prior) == (2, 0.1)
    with pytest.raises(ScenarioError, match="a mirror takes it from its head"):
        scenario("heads.ce.mirror=bce", "heads.ce.prior=0.1")


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
        ("=3", "--set: expected KEY=VALUE, got '=3'"),
        ("train..lr=1", "--set: train..lr: a key has an empty part"),
        ("title.x=1", "--set: title.x: title is neither a table nor a list"),
        ("heads.c.prior=1", '--set: heads.c.prior: there is no head named "c"; did you mean "ce"?'),
        ("heads.2.prior=1", "--set: heads.2.prior: heads has 2 items, counted from 0"),
        ("data.slope=1", "--set: data.slope: not a key of this source, only of logistic"),
    ],
)
def test_a_wrong_option_is_named_without_a_line(override: str, expected: str) -> None:
    assert problems(override) == [expected]


def test_wrong_options_come_with_the_problems_of_the_file() -> None:
    lines = problems("data.source=logistc", "heads.x.prior=1", "heads.ce.loss=cee")
    assert [line.split(": ")[:2] for line in lines] == [
        ["--set", "heads.x.prior"],
        ["--set", "data.source"],
        ["--set", "heads[1].loss"],
    ]
