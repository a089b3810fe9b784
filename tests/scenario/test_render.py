"""A printed scenario says everything and loads back to itself."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from scenario_strategies import scenarios, text

from objtui.scenario.bundled import bundled_names
from objtui.scenario.load import load_scenario, parse_scenario
from objtui.scenario.render import render_scenario
from objtui.scenario.schema import Scenario
from objtui.scenario.toml_text import toml_key, toml_string


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios)
def test_a_printed_scenario_loads_back_to_an_equal_one(scenario: Scenario) -> None:
    printed = render_scenario(scenario)
    again = parse_scenario(printed, "printed.toml", Path()).scenario
    assert again == scenario
    assert render_scenario(again) == printed


@pytest.mark.parametrize("name", bundled_names())
def test_a_bundled_scenario_prints_with_its_defaults(name: str) -> None:
    scenario = load_scenario(name).scenario
    printed = tomllib.loads(render_scenario(scenario))
    assert printed["data"]["seed"] == 0  # no bundled scenario gives these two
    assert printed["train"]["device"] == "auto"
    assert printed["train"]["dtype"] == scenario.train.dtype
    assert printed["heads"][0]["lr_scale"] == scenario.heads[0].lr_scale


def test_keys_of_other_optimizers_and_of_mirrored_heads_are_left_out() -> None:
    printed = tomllib.loads(render_scenario(load_scenario("nuclei").scenario))
    assert "momentum" not in printed["train"]
    assert set(printed["heads"][1]) == {"name", "loss", "mirror", "negative_neuron", "class_p"}


@settings(deadline=None)
@given(text, text)
def test_strings_and_keys_survive_as_tomllib_reads_them(key: str, value: str) -> None:
    assert tomllib.loads(f"{toml_key(key)} = {toml_string(value)}") == {key: value}
