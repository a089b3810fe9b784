"""What differs between runs: keys of filled-in scenarios, and the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from objtui.runfile.records import RowCounts, RunHeader
from objtui.runfile.writer import RunWriter
from objtui.runs.differing import DifferingKey, RunFacts, differing_keys
from objtui.runs.source import RunSource
from objtui.scenario.load import load_scenario

SCENARIO = """
title = "{title}"
question = "Which one?"
[data]
source = "gaussians"
train_rows = 100
val_rows = {val_rows}
dim = 2
separation = 2.0
positive_share = 0.1
[train]
steps = 50
{train}
[[heads]]
name = "bce"
loss = "bce"
{bce}
"""

MakeFacts = Callable[..., RunFacts]


@pytest.fixture
def facts(tmp_path: Path, header: Callable[..., RunHeader]) -> MakeFacts:
    """A function that gives what a run of a scenario is made of."""

    def make(
        title: str = "One",
        val_rows: int = 80,
        train: str = "",
        bce: str = "",
        more: str = "",
        **changes: Any,
    ) -> RunFacts:
        path = tmp_path / "mine.toml"
        text = SCENARIO.format(title=title, val_rows=val_rows, train=train, bce=bce)
        path.write_text(text + more)
        loaded = load_scenario(str(path))
        return RunFacts(header(**changes), loaded.scenario.model_dump(mode="json"))

    return make


def test_only_keys_that_differ_are_given_and_one_left_out_equals_its_default(
    facts: MakeFacts,
) -> None:
    written_out = facts(title="Two", train='seeds = 3\nlr = 0.01\nschedule = "constant"')
    differing = differing_keys([facts(train="seeds = 3"), written_out])
    assert differing == [DifferingKey("train.lr", ("0.001", "0.01"))]
    assert differing[0].line == "train.lr: 0.001 | 0.01"
    assert differing_keys([facts(), facts(title="Other words")]) == []


def test_data_come_first_and_heads_have_their_names(facts: MakeFacts) -> None:
    other = facts(val_rows=90, train="seeds = [3, 4]", bce="label_smoothing = 0.1")
    keys = {each.key: each.values for each in differing_keys([facts(train="seeds = 2"), other])}
    assert list(keys) == ["data.val_rows", "train.seeds", "heads.bce.label_smoothing"]
    assert keys["train.seeds"] == ("2", "[3, 4]")


def test_files_that_changed_behind_the_same_keys_are_said_first(facts: MakeFacts) -> None:
    before = facts(data_digest="a" * 64)
    after = facts(data_digest="b" * 64, train="lr = 0.5")
    first, second = differing_keys([before, after])
    assert first == DifferingKey("data", ("digest aaaaaaaa", "digest bbbbbbbb"))
    assert second.key == "train.lr"
    grown = facts(data_digest="b" * 64, val=RowCounts(1000, 77))
    assert differing_keys([before, grown])[0].values[1] == "1 000 rows, 77 positive"


def test_a_head_that_one_run_lacks_and_another_scenario_are_said(facts: MakeFacts) -> None:
    two = facts(more='[[heads]]\nname = "ce"\nloss = "ce"', scenario="other.toml")
    keys = {each.key: each.values for each in differing_keys([facts(), two])}
    assert keys["scenario"] == ("scenarios/a.toml", "other.toml")
    assert keys["heads.ce.loss"] == ("-", "ce")
    assert [key for key in keys if key.startswith("heads")] == ["heads.ce.loss"]


def test_a_run_of_a_version_that_lacks_a_key_has_its_default(facts: MakeFacts) -> None:
    old = facts()
    tables = {name: dict(table) for name, table in old.scenario.items() if name == "train"}
    del tables["train"]["schedule"]
    old = replace(old, scenario={**old.scenario, **tables})
    assert differing_keys([old, facts()]) == []
    cosine = differing_keys([old, facts(train='schedule = "cosine"')])
    assert cosine == [DifferingKey("train.schedule", ("constant", "cosine"))]


def test_runs_without_a_scenario_are_compared_by_their_headers(
    new_run: Callable[..., RunWriter],
) -> None:
    paths = [new_run("a").path, new_run("b", steps=40, seeds=(0,)).path]
    sources = [RunSource(path) for path in paths]
    for source in sources:
        source.poll()
    differing = differing_keys([source.facts for source in sources])
    assert [each.key for each in differing] == ["steps", "seeds"]
    for source in sources:
        source.close()
