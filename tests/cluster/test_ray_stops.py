"""Sweeps that end cells early, on two real nodes in this machine.

Which cells are ended is held against plain accounts in `tests/sweep/test_halving`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from pathlib import Path

import pytest

from objtui.errors import EXIT_DONE
from objtui.measures.spread import spread
from objtui.runfile.names import run_path
from objtui.runfile.reader import RunReader
from objtui.sweep.cells import read_cells
from objtui.sweep.halving import STOPPED_EARLY, EarlyStop
from objtui.sweep.record import SweepRecord, read_record
from tests.cluster.commands import Objtui, commands, ended, nothing_is_left
from tests.cluster.real import NEEDS_RAY, assert_same_bits, nodes, ray_environment
from tests.conftest import wait_until

pytestmark = [*NEEDS_RAY, pytest.mark.thorough]

NEW = ("sweep", "a.toml", "--over", "train.lr=1e-3,1e-4,1e-2,3e-2", "--stop", "asha:nll",
       "--set", "train.steps=1600", "--set", "train.eval_every=40",
       "--json", "--name")  # fmt: skip
ONE = ("--jobs", "1")


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    with ray_environment():
        yield


@pytest.fixture
def objtui(tmp_path: Path) -> Iterator[Objtui]:
    with commands(tmp_path) as held:
        yield held


def done(objtui: Objtui, *arguments: str) -> None:
    code, said = objtui.end(*arguments)
    assert code == EXIT_DONE, said


def assert_same_stops(objtui: Objtui, name: str, other: str) -> None:
    """The same cells were ended, at the same rungs; the others have the same bits."""
    runs = objtui.folder / "runs"
    one, two = (read_record(runs / each) for each in (name, other))
    assert (dict(one.stopped), dict(one.passed)) == (dict(two.stopped), dict(two.passed))
    for result in read_cells(runs / name, one):
        assert result.state in ("finished", STOPPED_EARLY)
        if result.cell.id not in one.stopped:
            cell = result.cell.id
            assert_same_bits(run_path(runs / name, cell), run_path(runs / other, cell))


def score_at(folder: Path, cell: str, step: int) -> float:
    """What a cell was judged by there."""
    with RunReader(run_path(folder, cell)) as reader:
        stored = next(
            each for each in reader.frames_after(scheduled_only=True) if each.frame.step >= step
        )
        return float(spread(stored.frame.score("nll")[0]).mean)


def explains(
    order: Sequence[str], scores: Mapping[str, float], step: int, stops: Mapping[str, EarlyStop]
) -> bool:
    """Whether cells that come to a rung in this order are ended there as these were."""
    there: list[float] = []
    for cell in order:
        there.append(scores[cell])
        place = sorted(there).index(scores[cell]) + 1
        ends = place > max(1, len(there) // 4)
        if stops.get(cell) != (EarlyStop(step, place, len(there)) if ends else None):
            return False
    return True


def assert_some_order_explains(folder: Path, record: SweepRecord) -> None:
    """With several cells at a time it is the order in which they come that decides, and no more."""
    assert record.stop is not None
    coming = [cell.id for cell in record.cells]
    for step in record.stop.rungs:
        stops = {cell: stop for cell, stop in record.stopped.items() if stop.step == step}
        scores = {cell: score_at(folder, cell, step) for cell in coming}
        assert any(explains(order, scores, step, stops) for order in permutations(coming))
        coming = [cell for cell in coming if cell not in stops]
    assert coming == [cell.id for cell in record.cells if cell.id not in record.stopped]


def test_the_same_cells_are_ended_on_two_nodes_as_here_and_after_the_driver_was_killed(
    objtui: Objtui,
) -> None:
    runs = objtui.folder / "runs"
    done(objtui, *NEW, "here", *ONE)
    record = read_record(runs / "here")
    assert 0 < len(record.stopped) < len(record.cells)
    with nodes(2) as cluster:
        done(objtui, *NEW, "there", *ONE, "--ray", cluster.address)
        assert_same_stops(objtui, "there", "here")

        driver = objtui.start(*NEW, "killed", *ONE, "--ray", cluster.address)
        objtui.training_run("killed")
        driver.kill()
        ended(driver)
        done(objtui, "sweep", "resume", "killed", *ONE, "--ray", cluster.address)
        assert_same_stops(objtui, "killed", "here")

        done(objtui, *NEW, "together", "--ray", cluster.address)  # two at a time
        assert_some_order_explains(runs / "together", read_record(runs / "together"))
    wait_until(nothing_is_left)
