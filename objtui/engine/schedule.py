"""At which steps a run is evaluated: a function of the scenario and its rows alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from objtui.engine.model.backbone import Backbone
from objtui.scenario.schema import Scenario, Train

MAX_EVALUATIONS = 200
MIN_EVALUATIONS = 20
ROWS_SHARE = 0.05
"""Evaluation rows are to stay within this share of the training rows gone through."""

TIME_SHARE = 0.04
"""Evaluation is to stay within this share of the time in training steps …"""

FREE_S = 0.3
"""… but may always take so long: short runs are evaluated often for all that."""

DETECTIONS_S = 2e-3
"""About what suppression and matching take, of an image and a member …"""

DENSE_ANCHOR_S = 250e-9
"""… and what it takes beside them to decode and rank each anchor."""

COMPILE_S = 0.5
"""About what it takes to compile the steps of a training."""

COMPILED_SAVE = 0.9
"""Share of the time in which operations are called that compiled steps save."""

FUSED_SAVE = 1.5
"""What they save of passes over activations, in times of what a pass costs: torch makes several."""

DISPATCH_SHARE = 0.03
"""Steps of which that time is less are not compiled: torch shares large products among threads."""

MIN_COMPILED_LOGITS = 1_000_000
"""Logits of an evaluation from which on compiled scores save the time of making them in less than
a run: the program is the same for all of them, so a machine compiles it once."""

LONG_TRAINING_S = 10.0
"""What compiled steps save, at least, of a training that compiles scores of few logits too."""

COMPILED_SCORES_SAVE_S = 16e-9
"""What they save of each logit, a third of what it takes."""

RECORDED_STEPS = 1000
"""On a CUDA device shorter trainings are not recorded: it takes part of a second."""


@dataclass(frozen=True, slots=True)
class Costs:
    """About what steps and evaluations take on two cores of a present-day CPU, in seconds.

    `dispatch` is the part of a step in which operations are called, not carried out; `passes`
    that in which activations are gone over one by one. `logits` are those of an evaluation.
    Only their ratio matters, which differs little between machines. It is
    computed from the scenario, never measured: schedules must not depend on
    how busy a machine is.
    """

    step: float
    evaluation: float
    dispatch: float
    passes: float = 0.0
    logits: int = 0

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        backbone: Backbone,
        batch_rows: int,
        evaluation_rows: int,
        images: int = 0,
        seeds: int | None = None,
    ) -> Costs:
        """The costs of a scenario, with so many rows of batch and evaluation.

        `images`: those on which objects are detected, whose cells are the evaluation rows.
        `seeds`: of the run, where the scenario's are a part of them.
        """
        members = len(scenario.heads) * (seeds or len(scenario.train.seeds))
        batch, evaluation = backbone.cost(batch_rows), backbone.cost(evaluation_rows)
        logits = math.prod(backbone.sizes)
        trained_row = logits * (2e-9 + backbone.units * 70e-12)  # forward, backward, loss
        scored_row = logits * (50e-9 + backbone.units * 25e-12)  # forward, searches, scores
        if images:
            scored_row += logits * DENSE_ANCHOR_S
        scored = evaluation_rows * scored_row + images * DETECTIONS_S + evaluation.scoring
        return cls(
            dispatch=60e-6 + batch.dispatch,
            passes=members * batch.passes,
            step=60e-6 + members * (batch_rows * trained_row + batch.training),
            evaluation=3.5e-3 + members * scored,
            logits=members * evaluation_rows * logits,
        )


def evaluation_steps(
    train: Train, batch_rows: int | None, evaluation_rows: int | None, costs: Costs
) -> tuple[int, ...]:
    """Ascending steps of the scheduled frames, the start (0) and the last step included.

    By default there are about 200, fewer where they would cost too much, and
    about half of them are evenly spaced and half geometrically, so that the
    fast start is seen as well as the long end.

    Args:
        batch_rows: rows of one batch of one seed; None where they are not what evaluation rows
            are, as of tiles and images, so that costs alone count.
    """
    steps = train.steps
    if train.eval_every is not None:
        return (*range(0, steps, train.eval_every), steps)
    by_rows = math.inf
    if batch_rows is not None and evaluation_rows is not None:
        by_rows = ROWS_SHARE * steps * batch_rows / evaluation_rows
    saved = COMPILED_SAVE * costs.dispatch if is_compiled(train, costs) else 0.0
    less = COMPILED_SCORES_SAVE_S * costs.logits if are_scores_compiled(train, costs) else 0.0
    by_time = max(FREE_S, TIME_SHARE * steps * (costs.step - saved)) / (costs.evaluation - less)
    affordable = int(min(by_rows, by_time))
    wanted = min(max(affordable, MIN_EVALUATIONS), MAX_EVALUATIONS, steps + 1)
    points = wanted // 2
    chosen: set[int] = set()
    while len(chosen) < wanted:
        evenly = {round(steps * i / points) for i in range(points + 1)}
        geometrically = {round(steps ** (i / points)) for i in range(points + 1)}
        chosen = {0} | evenly | geometrically
        points += 1
    return tuple(sorted(chosen))


def is_compiled(train: Train, costs: Costs) -> bool:
    """Whether a training on the CPU takes compiled steps, from the first on.

    By default where it is so long that what they save is twice the time of making them: a
    function of the scenario alone, so that two runs take the same steps.
    """
    if train.compile == "never" or not train.can_compile:
        return False
    if train.compile == "always":
        return True
    is_worth = _saved_by_compiled_steps(train, costs) >= 2 * COMPILE_S
    return costs.dispatch >= DISPATCH_SHARE * costs.step and is_worth


def _saved_by_compiled_steps(train: Train, costs: Costs) -> float:
    return train.steps * (costs.dispatch * COMPILED_SAVE + costs.passes * FUSED_SAVE)


def are_scores_compiled(train: Train, costs: Costs) -> bool:
    """Whether an evaluation on the CPU takes compiled scores, from the first on.

    By default where it is of many logits, or a training with compiled steps is so long that the
    first frame may wait for another compiler: a function of the scenario alone, so that two runs
    take the same. Scores in float64 are not.
    """
    if train.compile == "never" or train.dtype == "float64":
        return False
    if train.compile == "always" or costs.logits >= MIN_COMPILED_LOGITS:
        return True
    is_long = _saved_by_compiled_steps(train, costs) >= LONG_TRAINING_S
    return is_long and is_compiled(train, costs)


def is_recorded(train: Train) -> bool:
    """Whether a training on a CUDA device records its step and replays it."""
    if train.compile == "auto" and train.steps < RECORDED_STEPS:
        return False
    return train.compile != "never" and train.can_record
