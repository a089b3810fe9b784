"""Which cells asynchronous successive halving ends, against a plain account of it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.errors import UsageError
from objtui.measures.scores import EVERY_SCORE_NAME, SCORE_NAMES
from objtui.runfile.writer import RunWriter
from objtui.runs.follow import RunEnd
from objtui.runs.together import TrainingEvent
from objtui.sweep.cells import CellResult, read_cells
from objtui.sweep.driver import Outcome, Work, drive, halving_of
from objtui.sweep.halving import STOPPED_EARLY, EarlyStop, Halving, StopRule, stop_rule
from objtui.sweep.plan import Cell, Factor
from objtui.sweep.record import read_record, write_record
from objtui.trainer.launch import StartedRun
from tests.runs_for_tests import a_frame, a_header, a_status
from tests.sweep.test_record import a_record

STEPS = 160
RULE = StopRule("ce", "ap", STEPS)
EVALUATED = range(0, STEPS + 1, 8)


def plain_asha(
    curves: list[list[float]], turns: list[int], rungs: list[int], eta: int
) -> dict[int, int]:
    """By cell the step at which it is ended. `turns`: whose next evaluation it is, in turn.

    Every rung keeps all scores that came to it; one is kept on if, sorted, it is within the first
    1/eta of them, rounded down, but at least the first.
    """
    ended: dict[int, int] = {}
    at = [0] * len(curves)
    scores: dict[int, list[float]] = {rung: [] for rung in rungs}
    for cell in turns:
        if cell in ended or at[cell] >= len(EVALUATED):
            continue
        before, step = EVALUATED[at[cell] - 1] if at[cell] else -1, EVALUATED[at[cell]]
        value = curves[cell][at[cell]]
        at[cell] += 1
        for rung in (rung for rung in rungs if before < rung <= step):
            scores[rung].append(-math.inf if math.isnan(value) else value)
            best_first = sorted(scores[rung], reverse=True)
            kept = best_first[: max(1, len(best_first) // eta)]
            if scores[rung][-1] < kept[-1]:
                ended[cell] = rung
                break
    return ended


class RecordedPool:
    """Tells recorded curves, frame by frame; a cell that is stopped ends there."""

    def __init__(self, curves: list[list[float]], turns: list[int]) -> None:
        self._curves, self._turns = curves, turns
        self.stopped: list[int] = []

    def events(self, leave: Callable[[], bool]) -> Iterator[TrainingEvent]:
        at: dict[int, int] = {}
        over: set[int] = set()
        for place in self._turns:
            if place in over:
                continue
            if place not in at:
                yield TrainingEvent(place, a_header(steps=STEPS))
            step = at[place] = at.get(place, -1) + 1
            # Of the other head and live ones nothing may follow.
            value = self._curves[place][step]
            frame = a_frame(EVALUATED[step], ap=[[0.5, 0.1], [value - 0.125, value + 0.125]])
            yield TrainingEvent(place, replace(frame, scheduled=False, scores=1 - frame.scores))
            yield TrainingEvent(place, frame)
            if place in self.stopped or step + 1 == len(EVALUATED):
                over.add(place)
                state = "stopped" if place in self.stopped else "finished"
                status = a_status(state=state, step=frame.step)
                yield TrainingEvent(
                    place, RunEnd(a_header(), status, None, Path("a"), frame, {}, ())
                )

    def terminate(self) -> None:
        raise AssertionError

    def kill(self) -> None:
        raise AssertionError

    def terminate_one(self, place: int) -> None:
        self.stopped.append(place)


class Heard:
    """Keeps what a driver tells."""

    def __init__(self) -> None:
        self.stopped: list[tuple[Cell, EarlyStop]] = []
        self.results: list[CellResult] = []
        self.passed: dict[str, int] = {}

    def began(self, cell: Cell, run: StartedRun) -> None:
        """Nothing."""

    def goes_on(self, cell: Cell) -> None:
        """Nothing."""

    def stops(self, cell: Cell, stop: EarlyStop) -> None:
        self.stopped.append((cell, stop))

    def passes(self, cell: Cell, step: int) -> None:
        self.passed[cell.id] = step

    def ended(self, result: CellResult) -> None:
        self.results.append(result)


def cells(count: int) -> tuple[Cell, ...]:
    return tuple(Cell(f"{number:010x}", (f"train.lr={number}",)) for number in range(count))


def driven(curves: list[list[float]], turns: list[int]) -> tuple[Outcome, RecordedPool, Heard]:
    pool, heard = RecordedPool(curves, turns), Heard()
    return drive(cells(len(curves)), pool, heard, halving=Halving(RULE)), pool, heard


# Eighths, so that a mean over seeds is exact and ties are common.
curve = st.lists(
    st.integers(0, 12).map(lambda n: math.nan if n == 12 else n / 8),
    min_size=len(EVALUATED),
    max_size=len(EVALUATED),
)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_the_cells_that_are_ended_are_those_of_a_plain_account(data: st.DataObject) -> None:
    curves = data.draw(st.lists(curve, min_size=1, max_size=9))
    turns = data.draw(
        st.permutations([cell for cell in range(len(curves)) for _ in EVALUATED])
        if data.draw(st.booleans())
        else st.just([cell for cell in range(len(curves)) for _ in EVALUATED])
    )
    outcome, pool, heard = driven(curves, turns)
    wanted = plain_asha(curves, turns, [STEPS // 16, STEPS // 4], 4)
    assert {int(cell, 16): stop.step for cell, stop in outcome.stopped.items()} == wanted
    assert pool.stopped == list(dict.fromkeys(int(cell.id, 16) for cell, _ in heard.stopped))
    for result in heard.results:
        early = int(result.cell.id, 16) in wanted
        assert (result.state == STOPPED_EARLY) == early
        assert result.message == (outcome.stopped[result.cell.id].words if early else "")
    assert outcome.failed == 0


@pytest.mark.parametrize("score", ["nll", "ece", "brier"])
def test_of_losses_and_calibration_errors_less_is_better(score: str) -> None:
    halving = Halving(StopRule("bce", score, STEPS))
    stops = {}
    for number, value in enumerate([0.2, 0.3, 0.1]):
        halving.begins(str(number), a_header(steps=STEPS))
        stops[number] = halving.judge(str(number), a_frame(40, **{score: value}))
    assert stops == {0: None, 1: EarlyStop(10, 2, 2), 2: None}


@pytest.mark.parametrize("score", ["ap", "auc", "f1"])
def test_of_rankings_more_is_better(score: str) -> None:
    halving = Halving(StopRule("bce", score, STEPS))
    stops = []
    for number, value in enumerate([0.2, 0.1, 0.3]):
        halving.begins(str(number), a_header(steps=STEPS))
        stops.append(halving.judge(str(number), a_frame(10, **{score: value})) is None)
    assert stops == [True, False, True]


def test_rungs_are_a_sixteenth_and_a_quarter_of_the_steps_rounded_up() -> None:
    assert StopRule("bce", "ap", 2000).rungs == (125, 500)
    assert StopRule("bce", "ap", 1001).rungs == (63, 251)
    assert StopRule("bce", "ap", 2).rungs == (1,)


@pytest.mark.parametrize(
    ("text", "head", "score"),
    [("asha:ap", "bce", "ap"), ("asha:mse.nll", "mse", "nll"), ("asha:ce.ap_p", "ce", "ap_p")],
)
def test_a_rule_names_a_score_of_the_first_head_or_of_another(
    text: str, head: str, score: str
) -> None:
    rule = stop_rule(text, ["bce", "ce", "mse"], SCORE_NAMES, 200)
    assert rule == StopRule(head, score, 200)
    assert stop_rule(rule.text, ["bce", "ce", "mse"], SCORE_NAMES, 200) == rule


@pytest.mark.parametrize(
    ("text", "steps", "why"),
    [
        ("ap", 200, r"takes asha:\[HEAD\.\]SCORE"),
        ("median:ap", 200, r"takes asha:\[HEAD\.\]SCORE"),
        ("asha:", 200, "not measured"),
        ("asha:bce.ap50", 200, "not measured at every evaluation; take one of nll"),
        ("asha:bce.nll_held", 200, "not measured at every evaluation"),
        ("asha:bce.z_pos", 200, "no better or worse"),
        ("asha:bce.base_rate", 200, "no better or worse"),
        ("asha:dice.ap", 200, "no head 'dice'"),
        ("asha:ap", 1, "too few"),
    ],
)
def test_what_cannot_end_cells_is_refused(text: str, steps: int, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        stop_rule(text, ["bce", "ce"], SCORE_NAMES, steps)
    assert "ap50" in EVERY_SCORE_NAME


@pytest.fixture
def swept(tmp_path: Path, new_run: Callable[..., RunWriter]) -> Path:
    """A sweep of five cells: finished, stopped early at step 10, stopped by a person at step 20,
    crashed after the decision that ends it early, and one without a run.
    """
    five = cells(5)
    for cell, state, steps, ap in (
        (five[0], "finished", (0, 10, 40, 160), 0.5),
        (five[1], "stopped", (0, 10, 11), 0.25),
        (five[2], "stopped", (0, 10, 20), 0.75),
        (five[3], "running", (0, 10), 0.25),
    ):
        run = new_run(cell.id, tmp_path)
        for step in steps:
            run.append_frame(a_frame(step, ap=ap))
        run.set_status(state=state, step=steps[-1])
        run.close()
    record = replace(
        a_record(),
        factors=(Factor("train.lr", tuple("01234")),),
        cells=five,
        driver=None,
        failures={},
        stop=StopRule("bce", "ap", STEPS),
        stopped={five[1].id: EarlyStop(10, 2, 2), five[3].id: EarlyStop(10, 4, 4)},
    )
    write_record(tmp_path, record)
    assert read_record(tmp_path) == replace(record, name=tmp_path.name)
    return tmp_path


def test_a_cell_that_was_stopped_early_is_settled_and_one_that_a_person_stopped_is_not(
    swept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = read_record(swept)
    monkeypatch.setattr("objtui.runfile.liveness.is_alive", lambda pid, started: False)
    states = [result.state for result in read_cells(swept, record)]
    assert states == ["finished", STOPPED_EARLY, "stopped", "crashed", "waiting"]


def test_who_goes_on_compares_with_cells_that_are_settled_up_to_where_they_were_ended(
    swept: Path,
) -> None:
    record = read_record(swept)
    left = record.cells[2:]
    halving = halving_of(swept, record, Work(left, ()))
    assert halving is not None
    cell = left[0].id
    halving.begins(cell, a_header(steps=STEPS))
    assert halving.judge(cell, a_frame(10, ap=0.4)) == EarlyStop(10, 2, 3)
    halving.begins(left[2].id, a_header(steps=STEPS))
    assert halving.judge(left[2].id, a_frame(10, ap=0.6)) is None
    # The one that was ended at step 10 is not at the rung behind it.
    assert halving.judge(left[2].id, a_frame(40, ap=0.4)) == EarlyStop(40, 2, 2)


@pytest.mark.parametrize(("passed", "stops"), [(None, [10]), (10, [])])
def test_who_is_resumed_is_judged_again_only_where_it_was_not_told_to_go_on(
    swept: Path, passed: int | None, stops: list[int]
) -> None:
    """Its driver was killed before, or behind, its first rung; its trainer may have gone on."""
    record = read_record(swept)
    resumed, crashed, later = (cell.id for cell in record.cells[2:])
    record = replace(record, passed={} if passed is None else {resumed: passed})
    halving = halving_of(swept, record, Work(record.cells[2:], ()))
    assert halving is not None
    halving.begins(later, a_header(steps=STEPS))
    assert halving.judge(later, a_frame(10, ap=0.9)) is None
    halving.begins(resumed, a_header(steps=STEPS))
    stop = halving.judge(resumed, a_frame(10, ap=0.8))
    assert [each.step for each in (stop,) if each is not None] == stops
    if passed is not None:
        # Its score counts for others, and at the next rung it is judged as ever.
        halving.begins(crashed, a_header(steps=STEPS))
        assert halving.judge(crashed, a_frame(10, ap=0.7)) == EarlyStop(10, 3, 5)
        assert halving.judge(resumed, a_frame(40, ap=0.4)) == EarlyStop(40, 2, 2)


def test_who_was_to_be_ended_before_a_crash_is_judged_there_again(swept: Path) -> None:
    record = read_record(swept)
    crashed = record.cells[3].id
    halving = halving_of(swept, record, Work(record.cells[2:], ()))
    assert halving is not None
    halving.begins(crashed, a_header(steps=STEPS))
    assert halving.judge(crashed, a_frame(10, ap=0.25)) == EarlyStop(10, 2, 3)


def test_who_has_finished_without_a_driver_is_judged_behind_those_that_one_has_seen(
    tmp_path: Path, new_run: Callable[..., RunWriter]
) -> None:
    """It has come to its end before it could be ended, and does not count from that rung on."""
    three = cells(3)
    for cell, ap in zip(three, (0.25, 0.5, 0.4), strict=True):
        with contextlib.closing(new_run(cell.id, tmp_path)) as run:
            for step in (0, 10, 40, 160):
                run.append_frame(a_frame(step, ap=ap))
            run.set_status(state="finished", step=160)
    seen = {three[1].id: 40, three[2].id: 40}
    record = replace(
        a_record(),
        factors=(Factor("train.lr", tuple("012")),),
        cells=three,
        failures={},
        stop=StopRule("bce", "ap", STEPS),
        passed=seen,
    )
    halving = halving_of(tmp_path, record, Work((), ()))
    assert halving is not None
    assert halving.stopped == {three[0].id: EarlyStop(10, 3, 3)}
    assert halving.passed == seen


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_sweep_of_one_cell_at_a_time_whose_driver_was_killed_ends_the_same_cells(
    data: st.DataObject,
) -> None:
    """Killed after any frame; the trainer then goes on for any number of frames, or to its end."""
    curves = data.draw(st.lists(curve, min_size=1, max_size=6))
    turns = [cell for cell in range(len(curves)) for _ in EVALUATED]
    whole, _, _ = driven(curves, turns)
    killed_at = data.draw(st.integers(0, len(turns)))
    before, _, heard = driven(curves, turns[:killed_at])
    at_work = turns[min(killed_at, len(turns) - 1)]
    finished = data.draw(st.booleans())
    again = Halving(RULE, heard.passed)
    for number, cell in enumerate(cells(len(curves))):
        if number > at_work or (number == at_work and not finished):
            break
        again.begins(cell.id, a_header(steps=STEPS))
        for step, value in zip(EVALUATED, curves[number], strict=True):
            frame = a_frame(step, ap=[[0.5, 0.5], [value, value]])
            if cell.id in before.stopped:
                again.remember(cell.id, frame, before.stopped[cell.id])
            else:
                again.judge(cell.id, frame)
    kept = dict(again.stopped)
    rest = [cell for cell in turns if cell > at_work or (cell == at_work and not finished)]
    # Left cells tell all of their frames again; one that was to be ended is judged there again.
    left = drive(cells(len(curves)), RecordedPool(curves, rest), Heard(), halving=again)
    assert {**kept, **left.stopped} == whole.stopped


def test_without_a_rule_nothing_is_ended(swept: Path) -> None:
    record = replace(read_record(swept), stop=None, stopped={})
    assert halving_of(swept, record, Work((), ())) is None
    write_record(swept, record)
    assert "stop" not in (swept / "sweep.json").read_text().replace("stopped", "")
    assert read_record(swept) == record


def test_a_score_over_seeds_is_their_mean_and_one_that_has_diverged_is_last() -> None:
    halving = Halving(StopRule("bce", "ap", STEPS))
    for cell, values in (("a", [0.2, 0.4]), ("b", [0.9, np.nan]), ("c", [0.1, 0.45])):
        halving.begins(cell, a_header(steps=STEPS))
        stop = halving.judge(cell, a_frame(10, ap=[values, [0.5, 0.5]]))
        assert (stop is None) == (cell == "a")
