"""A run in parts is the run as a whole, to the last bit, whatever becomes of its parts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from objtui.cluster.container import decode_container
from objtui.cluster.here import PoolHere
from objtui.cluster.parts import Failed, Host, Lost, Measured, Piece
from objtui.cluster.prepare import whole_as_part
from objtui.cluster.sharded import MAX_AHEAD, MAX_DEATHS, ShardedTraining
from objtui.engine.data.dataset import Dataset
from objtui.engine.part import cut_seeds, prepare_part
from objtui.errors import TrainingError
from objtui.measures.frames import Frame, LossTrace, Progress
from objtui.scenario.schema import Scenario
from tests.engine.cases import make_rows, make_scenario, make_training
from tests.runs_for_tests import a_frame

MLP = {"backbone": "mlp", "hidden": [9]}
ROWS = make_rows(160)
DATA = Dataset(ROWS, None)

Events = list[Frame | LossTrace]


def a_scenario(**changes: Any) -> Scenario:
    return make_scenario(**{"model": MLP, "seeds": 16, "steps": 20, "eval_every": 5, **changes})


class FaultyPool(PoolHere):
    """Parts in this process, some of which are lost, once each, in the place of a piece."""

    def __init__(self, scenario: Scenario, losses: Collection[tuple[int, int]] = ()) -> None:
        """`losses`: place and number of the piece, of all that a place has sent so far."""
        super().__init__(scenario, DATA)
        self.losses = set(losses)
        self.sent = [0] * 16
        self.begun: list[tuple[int, bool]] = []

    def begin(self, place: int, held: range, state: bytes | None) -> None:
        self.begun.append((place, state is not None))
        super().begin(place, held, state)

    def take(self, places: Collection[int], timeout_s: float) -> tuple[int, Piece | Lost | Failed]:
        place, piece = super().take(places, timeout_s)
        self.sent[place] += 1
        if (place, self.sent[place]) in self.losses:
            return place, Lost("killed")
        return place, piece


def in_parts(scenario: Scenario, parts: int, pool: PoolHere, **changes: Any) -> ShardedTraining:
    return ShardedTraining(
        pool,
        cut_seeds(scenario, len(ROWS), parts),
        prepare_part(scenario, DATA, range(1)).schedule,
        heads=len(scenario.heads),
        score_names=scenario.score_names,
        **changes,
    )


def measured(
    training: ShardedTraining, until: Callable[[Any], bool] = lambda event: False
) -> Events:
    events: Events = []
    for event in training.events():
        if not isinstance(event, Progress):
            events.append(event)
        if until(event):
            break
    return events


def whole(scenario: Scenario) -> Events:
    events = make_training(scenario, ROWS).events()
    return [
        each
        for each in events
        if not isinstance(each, Progress) and (isinstance(each, LossTrace) or each.scheduled)
    ]


def assert_same_bits(one: Events, other: Events) -> None:
    assert [type(each) for each in one] == [type(each) for each in other]
    for a, b in zip(one, other, strict=True):
        if isinstance(a, Frame):
            assert isinstance(b, Frame)
            assert a.step == b.step
            names: tuple[str, ...] = ("scores", "counts", "fit_counts", "diverged")
        else:
            assert isinstance(b, LossTrace)
            assert (a.first_step, a.last_step) == (b.first_step, b.last_step)
            names = ("minimum", "mean", "maximum")
        for name in names:
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


def at_step(step: int) -> Callable[[Any], bool]:
    return lambda event: isinstance(event, Frame) and event.step == step


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_parts_are_the_whole(parts: int) -> None:
    scenario = a_scenario()
    training = in_parts(scenario, parts, FaultyPool(scenario))
    assert_same_bits(measured(training), whole(scenario))
    assert (training.step, training.diverged) == (20, False)


def test_a_part_that_is_lost_before_any_checkpoint_begins_anew_and_repeats_nothing() -> None:
    scenario = a_scenario()
    pool = FaultyPool(scenario, [(1, 4)])
    lines: list[str] = []
    assert_same_bits(measured(in_parts(scenario, 2, pool, say=lines.append)), whole(scenario))
    assert pool.begun == [(0, False), (1, False), (1, False)]
    assert lines == ["seeds 9 to 16 of 16 are lost (killed) and begin again"]


def test_a_part_that_is_lost_behind_a_checkpoint_begins_there() -> None:
    scenario = a_scenario()
    pool = FaultyPool(scenario)
    training = in_parts(scenario, 2, pool)
    events: Events = []
    for event in training.events():
        if not isinstance(event, Progress):
            events.append(event)
        if at_step(5)(event):
            training.checkpoint()
            pool.losses = {(0, pool.sent[0] + 2)}
    assert_same_bits(events, whole(scenario))
    assert pool.begun[2:] == [(0, True)]


def test_a_part_that_is_lost_during_a_checkpoint_sends_its_state_afterwards() -> None:
    scenario = a_scenario()
    pool = FaultyPool(scenario)
    training = in_parts(scenario, 2, pool)
    events: Events = []
    for event in training.events():
        if not isinstance(event, Progress):
            events.append(event)
        if at_step(5)(event):
            pool.losses = {(0, pool.sent[0] + 1)}
            training.checkpoint()
    assert_same_bits(events, whole(scenario))


def test_a_part_lost_again_and_again_without_progress_ends_the_training() -> None:
    scenario = a_scenario()
    pool = FaultyPool(scenario, [(1, number) for number in range(1, MAX_DEATHS + 1)])
    with pytest.raises(TrainingError, match=r"seeds 9 to 16 of 16 were lost 3 times.*killed"):
        measured(in_parts(scenario, 2, pool))


def test_losses_with_progress_between_them_do_not_add_up() -> None:
    scenario = a_scenario()
    losses = {(1, number) for number in (4, 9, 15, 22)}
    pool = FaultyPool(scenario, losses)
    assert_same_bits(measured(in_parts(scenario, 2, pool)), whole(scenario))
    assert len(pool.begun) > 2 + MAX_DEATHS - 1


def test_a_part_that_fails_would_fail_again_and_ends_the_training() -> None:
    scenario = a_scenario()

    class Failing(FaultyPool):
        def take(
            self, places: Collection[int], timeout_s: float
        ) -> tuple[int, Piece | Lost | Failed]:
            return 0, Failed("ValueError: no")

    with pytest.raises(TrainingError, match="seeds 1 to 8 of 16 failed: ValueError: no"):
        measured(in_parts(scenario, 2, Failing(scenario)))


@pytest.mark.parametrize("stop", [0, 5, 15])
def test_it_goes_on_from_its_checkpoint_with_the_same_bits(stop: int) -> None:
    scenario = a_scenario()
    first = in_parts(scenario, 3, FaultyPool(scenario))
    events = measured(first, at_step(stop))
    second = in_parts(scenario, 2, FaultyPool(scenario))  # the parts are those of the checkpoint
    step, data = first.step, first.checkpoint()
    second.restore(data)
    assert second.step == step
    events += measured(second)
    assert_same_bits(events, whole(scenario))


def test_a_checkpoint_keeps_what_a_part_has_sent_ahead_of_others() -> None:
    scenario = a_scenario(eval_every=1)

    class Unequal(FaultyPool):
        """Gives the second part's pieces only where no others are to be had."""

        def take(
            self, places: Collection[int], timeout_s: float
        ) -> tuple[int, Piece | Lost | Failed]:
            return super().take([0] if 0 in places else places, timeout_s)

    first = in_parts(scenario, 2, Unequal(scenario))
    events = measured(first, at_step(4))
    data = first.checkpoint()
    container = decode_container(data, len(scenario.heads), 16, scenario.score_names, 0)
    frames = [each for each in container.parts[0].waiting if isinstance(each.event, Frame)]
    assert 1 <= len(frames) <= MAX_AHEAD + 2
    second = in_parts(scenario, 2, FaultyPool(scenario))
    second.restore(data)
    assert_same_bits([*events, *measured(second)], whole(scenario))


def test_it_ends_where_every_member_has_diverged() -> None:
    heads = [{"name": "mse", "loss": "mse", "lr_scale": 1e38}]
    scenario = a_scenario(
        model={}, heads=heads, seeds=16, dtype="float32", steps=4000, eval_every=1001, lr=1e3
    )
    training = in_parts(scenario, 2, FaultyPool(scenario))
    expected = whole(scenario)
    assert isinstance(expected[-1], LossTrace)
    assert_same_bits(measured(training), expected)
    assert training.diverged
    assert training.step == 1001


def test_a_whole_trainings_checkpoint_goes_on_as_one_part() -> None:
    scenario = a_scenario()
    first = make_training(scenario, ROWS)
    events: Events = []
    for event in first.events():
        if not isinstance(event, Progress):
            events.append(event)
        if at_step(10)(event):
            break
    second = in_parts(
        scenario, 2, FaultyPool(scenario), adopt=lambda data: whole_as_part(scenario, DATA, data)
    )
    second.restore(first.checkpoint())
    assert second.step == 10
    assert_same_bits([*events, *measured(second)], whole(scenario))


@pytest.mark.parametrize("data", [b"", b"nonsense", b"objtui parts 1\n{}\n"])
def test_a_checkpoint_of_something_else_is_refused(data: bytes) -> None:
    scenario = a_scenario()
    with pytest.raises(ValueError, match="checkpoint"):
        in_parts(scenario, 2, FaultyPool(scenario)).restore(data)


def test_it_tells_of_its_progress_while_no_part_sends_anything() -> None:
    scenario = a_scenario()

    class Silent(FaultyPool):
        def take(self, places: Collection[int], timeout_s: float) -> Any:
            return None

    events = in_parts(scenario, 2, Silent(scenario)).events()
    assert [next(events), next(events)] == [Progress(0, 0.0)] * 2


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        ([("kind 0", "2.9"), ("kind 1", "2.9")], "nodes have other processors: kind 0, kind 1"),
        ([("kind", "2.9"), ("kind", "2.8")], "nodes have other versions of torch: 2.8, 2.9"),
    ],
)
def test_nodes_that_may_round_differently_are_told_of_once(
    hosts: list[tuple[str, str]], said: str
) -> None:
    scenario = a_scenario()

    class Unlike(FaultyPool):
        def take(
            self, places: Collection[int], timeout_s: float
        ) -> tuple[int, Piece | Lost | Failed]:
            place, piece = super().take(places, timeout_s)
            if isinstance(piece, Piece) and piece.host is not None and piece.host.torch:
                piece = replace(piece, host=Host(f"node{place}", *hosts[place % 2]))
            return place, piece

    lines: list[str] = []
    measured(in_parts(scenario, 3, Unlike(scenario), say=lines.append))
    assert lines == [f"notice: the last digits may differ: {said}"]


def test_parts_that_do_not_fit_together_are_an_error() -> None:
    scenario = a_scenario()

    class Shifted(FaultyPool):
        def take(
            self, places: Collection[int], timeout_s: float
        ) -> tuple[int, Piece | Lost | Failed]:
            place, _ = super().take(places, timeout_s)
            return place, Piece(place, (Measured(a_frame(place)),))

    with pytest.raises(TrainingError, match="do not fit together"):
        measured(in_parts(scenario, 2, Shifted(scenario)))
