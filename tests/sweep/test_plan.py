"""What a sweep trains: values of factors, the grid, its cells and their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from objtui.errors import ObjtuiError, UsageError
from objtui.sweep.plan import (
    Base,
    Factor,
    factor_of,
    factors_in,
    joined_factors,
    plan_cells,
    said_of_over,
    scenario_hash,
)
from tests.conftest import A_SCENARIO

RATE = Factor("train.lr", ("1e-3", "1e-2"))
STEPS = Factor("train.steps", ("10", "20", "30"))


def a_base(text: str = A_SCENARIO) -> Base:
    return Base("a.toml", text, str(Path.cwd()))


def test_values_are_parted_by_commas_outside_of_brackets_and_quotes() -> None:
    assert factor_of("train.lr=1e-4, 1e-3").values == ("1e-4", "1e-3")
    assert factor_of("model.hidden=[4],[4,2]").values == ("[4]", "[4,2]")
    assert factor_of('title="a,b",c').values == ('"a,b"', "c")


@pytest.mark.parametrize("text", ["train.lr", "=1,2", "train.lr=", "train.lr=1,,2", "train.lr=1,1"])
def test_an_over_that_says_nothing_or_twice_the_same_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        factor_of(text)


def test_the_last_factor_runs_fastest() -> None:
    cells = plan_cells(a_base(), [RATE, STEPS])
    assert [cell.settings for cell in cells] == [
        {"train.lr": lr, "train.steps": steps} for lr in (1e-3, 1e-2) for steps in (10, 20, 30)
    ]


def test_a_cell_is_named_by_its_scenario_however_that_is_written() -> None:
    (cell,) = plan_cells(a_base(), [Factor("train.lr", ("1e-3",))])
    assert cell.id == scenario_hash(a_base("# other words\n" + A_SCENARIO), ["train.lr=0.001"])
    assert cell.id != scenario_hash(a_base(), ["train.lr=0.002"])


def test_two_cells_of_one_scenario_are_refused() -> None:
    with pytest.raises(UsageError, match="the same scenario"):
        plan_cells(a_base(), [Factor("train.lr", ("1e-3", "0.001"))])


def test_every_cell_is_checked_and_each_fault_is_said_once() -> None:
    with pytest.raises(ObjtuiError) as caught:
        plan_cells(
            a_base(), [Factor("train.lr", ("1e-3", "-1")), Factor("train.stepz", ("1", "2"))]
        )
    lines = str(caught.value).splitlines()
    assert len(lines) == len(set(lines))
    assert any("train.lr" in line for line in lines)
    assert any("did you mean steps" in line for line in lines)


def test_a_random_sweep_is_a_part_of_the_grid_that_its_seed_decides() -> None:
    grid = plan_cells(a_base(), [RATE, STEPS])
    draws = [plan_cells(a_base(), [RATE, STEPS], 3, seed) for seed in (0, 0, 1, 2, 3)]
    assert draws[0] == draws[1]
    assert len(set(draws)) > 1
    for draw in draws:
        assert [cell for cell in grid if cell in draw] == list(draw)
        assert len(draw) == 3
    assert plan_cells(a_base(), [RATE, STEPS], 99) == grid


def test_a_scenario_may_say_what_its_sweep_goes_over() -> None:
    text = A_SCENARIO + '\n[sweep]\ntrain.lr = [1e-3, 0.5]\n"train.init" = ["matched"]\n'
    factors = factors_in(text, "a.toml")
    assert factors == [Factor("train.lr", ("0.001", "0.5")), Factor("train.init", ("matched",))]
    assert len(plan_cells(a_base(text), factors)) == 2


def test_the_command_line_replaces_a_factor_of_the_file() -> None:
    assert joined_factors([RATE, STEPS], [Factor("train.lr", ("1",))]) == (
        STEPS,
        Factor("train.lr", ("1",)),
    )


def test_a_sweep_over_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="--over"):
        joined_factors([], [])


def test_one_key_given_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="twice"):
        joined_factors([], [RATE, RATE])


@pytest.mark.parametrize("table", ["sweep = 3\n", "[sweep]\nlr = 3\n"])
def test_a_sweep_table_of_anything_but_lists_is_refused(table: str) -> None:
    with pytest.raises(UsageError, match="sweep"):
        factors_in(table + 'title = "a"\n' if table.startswith("sweep") else table, "a.toml")


def test_too_many_cells_are_refused_before_any_is_checked() -> None:
    many = Factor("train.steps", tuple(map(str, range(1, 1001))))
    with pytest.raises(UsageError, match="too many"):
        plan_cells(a_base(), [many, Factor("train.lr", many.values)])


def test_a_grid_beyond_every_number_is_refused_at_once() -> None:
    many = [Factor(f"train.k{number}", ("1", "2")) for number in range(70)]
    with pytest.raises(UsageError, match="leave out factors"):
        plan_cells(a_base(), many, sample=3)


def test_as_many_values_as_there_is_room_for_are_read_at_once() -> None:
    assert len(factor_of("train.lr=" + ",".join(map(str, range(1, 150_000)))).values) == 149_999


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--set: train.lr: must be above 0", "--over: train.lr: must be above 0"),
        ("--set: heads[1].loss: expected one", "--over: heads.mse.loss: expected one"),
        ("--set: heads.mse.loss: expected one", "--over: heads.mse.loss: expected one"),
        ("--set: train.lr_decay: unknown", "--set: train.lr_decay: unknown"),
        ("--set: heads[1].lr_scale: must", "--set: heads[1].lr_scale: must"),
        ("a.toml:3: train.lr: must", "a.toml:3: train.lr: must"),
    ],
)
def test_what_is_wrong_with_a_factor_is_said_of_over(line: str, said: str) -> None:
    assert said_of_over(line, ["train.lr", "heads.mse.loss"]) == said
