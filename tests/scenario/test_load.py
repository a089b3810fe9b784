"""Scenario files: what loads, and how everything that is wrong is said at once."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.errors import ScenarioError, UsageError
from objtui.scenario.bundled import (
    bundled_names,
    bundled_path,
    bundled_questions,
)
from objtui.scenario.load import load_scenario, parse_scenario
from objtui.scenario.read import LARGEST_FILE
from objtui.scenario.starter import starter_text

GOOD = """\
title = "A test"
[data]
source = "gaussians"
[train]
steps = 100
[[heads]]
name = "bce"
loss = "bce"
[[heads]]
name = "ce"
loss = "ce"
"""


def problems(text: str, *overrides: str) -> list[str]:
    """Every problem of a text, as people read it; empty where it loads."""
    try:
        parse_scenario(text, "x.toml", Path(), overrides)
    except ScenarioError as error:
        return error.lines()
    return []


def only_problem(text: str, *overrides: str) -> str:
    (problem,) = problems(text, *overrides)
    return problem


def test_a_file_is_loaded_with_its_defaults(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(GOOD)
    loaded = load_scenario(str(path), ["heads.ce.lr_scale=0.5"], seeds=2, device="cpu")
    assert loaded.scenario.train.seeds == (0, 1)
    assert loaded.scenario.heads[1].lr_scale == 0.5
    assert loaded.base == tmp_path
    assert loaded.text == GOOD
    assert loaded.overrides == ("heads.ce.lr_scale=0.5", "train.seeds=2", "train.device=cpu")
    again = parse_scenario(loaded.text, loaded.path, loaded.base, loaded.overrides)
    assert again == loaded


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    text = """\
titel = "x"
[data]
source = "logistic"
separation = 4
[train]
optimiser = "sgd"
batch = 0
schedule = "Cosin"
betas = [0.9]
[[heads]]
name = "a"
loss = "bec"
[[heads]]
name = "b"
loss = "ce"
mirror = "c"
[[heads]]
name = "b"
loss = "mse"
gamma = 1
[[claims]]
text = "t"
test = "a.nll <"
"""
    lines = problems(text)
    starts = [line.partition(": ")[0].removeprefix("x.toml:") for line in lines]
    assert starts == [str(n) for n in (1, 1, 4, 6, 7, 8, 9, 12, 16, 18, 20, 23)]
    for expected in (
        "title: missing; expected a string that is not empty",
        "titel: unknown key; did you mean title?",
        "data.separation: not a key of this source, only of gaussians",
        "train.optimiser: unknown key; did you mean optimizer?",
        'train.batch: expected a whole number ≥ 1 or "all", got 0',
        'got "Cosin"; did you mean "cosine"?',
        "train.betas: expected a list of 2 numbers ≥ 0 and < 1, got [0.9]",
        'heads[0].loss: expected "bce", "ce", "mse", "focal", ',
        'heads[1].mirror: there is no head named "c"',
        'heads[2].name: a second head named "b"; the other: line 14',
        'heads[2].gamma: only with loss "focal" or "varifocal"',
        "claims[0].test: ",
    ):
        assert any(expected in line for line in lines), expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title = \n", "x.toml:1: not valid TOML: Invalid value, column 9"),
        ('a = 1\nb = "\n', "x.toml:2: not valid TOML: "),
        ("a = [1,", "x.toml:1: not valid TOML: "),
        ("a = 1\na = 2\n", "x.toml:2: not valid TOML: Cannot overwrite a value"),
        ("a = " + "[" * 5000 + "]" * 5000, "x.toml: values are nested too deeply"),
        ("a = " + "1" * 5000, "x.toml: a number has too many digits"),
        ("# nothing\n", "x.toml: holds no keys; `objtui new PATH` writes a starter scenario"),
    ],
)
def test_a_text_that_is_no_toml_is_one_problem(text: str, expected: str) -> None:
    assert only_problem(text).startswith(expected)


def test_integers_beyond_64_bits_are_refused() -> None:
    line = only_problem(GOOD.replace("100", str(2**63)))
    assert line == "x.toml:5: train.steps: expected a whole number of at most 64 bits"


def test_an_absurd_number_of_seeds_is_refused_before_it_fills_memory() -> None:
    assert "from 1 to 10000 or a list" in only_problem(GOOD, "train.seeds=1000000000")


def test_a_list_that_is_wrong_all_over_is_cut_short() -> None:
    targets = ", ".join(["2"] * 500)
    features = ", ".join(["[1]"] * 500)
    data = f'source = "points"\nfeatures = [{features}]\ntargets = [{targets}]'
    lines = problems(GOOD.replace('source = "gaussians"', data))
    assert len(lines) == 21
    assert lines[-1] == "x.toml:5: data.targets: and 480 more such values"


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never-opened")  # only the folder's listing sees it
    (tmp_path / "mine.toml").write_text(GOOD)
    with pytest.raises(UsageError, match=r"no such scenario file: .*mime.toml; did you mean"):
        load_scenario(str(tmp_path / "mime.toml"))
    with pytest.raises(UsageError, match="is a folder; expected a scenario file"):
        load_scenario(str(tmp_path))
    with pytest.raises(UsageError, match="cannot read"):
        load_scenario(f"{tmp_path}/{'x' * 300}.toml")


def test_a_file_that_is_not_utf8_or_too_large_is_a_problem_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"title = 'a'\n# \xff\n")
    with pytest.raises(ScenarioError, match=r"x.toml:2: not UTF-8: byte 0xff"):
        load_scenario(str(path))
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(ScenarioError, match="larger than 16 MB"):
        load_scenario(str(path))


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_scenario(str(path)).text == GOOD


def test_a_misspelt_bundled_name_is_told_the_nearest_and_what_lists_all() -> None:
    with pytest.raises(UsageError) as caught:
        load_scenario("nuclie")
    assert 'did you mean "nuclei"?' in str(caught.value)
    assert "`objtui scenarios` lists them" in str(caught.value)


def test_a_file_comes_before_a_bundled_name_but_a_folder_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nuclei").mkdir()
    (tmp_path / "spread").write_text(GOOD)
    assert load_scenario("nuclei").path == str(bundled_path("nuclei"))
    assert load_scenario("spread").scenario.title == "A test"


@pytest.mark.parametrize("name", bundled_names())
def test_a_bundled_scenario_loads_and_asks_a_question(name: str) -> None:
    loaded = load_scenario(name)
    listed = {bundled.name: bundled.question for bundled in bundled_questions()}
    assert listed[name] == loaded.scenario.question != ""
    assert loaded.base == bundled_path(name).parent


@settings(deadline=None)
@given(
    st.sampled_from(["title", "data", "model", "train", "heads", "claims"]),
    st.sampled_from(["source", "hidden", "seeds", "betas", "name", "mirror", "test", "anchors"]),
    st.text('"=[]{}.,\n#ab1', max_size=30),
)
def test_a_broken_file_never_ends_in_anything_but_problems(table: str, key: str, text: str) -> None:
    with suppress(ScenarioError):
        parse_scenario(f"{starter_text()}\n{text}", "x.toml", Path())
    with suppress(ScenarioError):
        parse_scenario(starter_text(), "x.toml", Path(), [f"{table}.{key}={text}"])
