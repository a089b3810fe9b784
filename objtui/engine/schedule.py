"""At which steps a run is evaluated: a function of the scenario and its rows alone."""

from __future__ import annotations

from objtui.scenario.schema import Train

MOST_EVALUATIONS = 200
FEWEST_EVALUATIONS = 20
ROWS_SHARE = 0.05
"""Evaluation rows are to stay within this share of the training rows gone through."""


def evaluation_steps(train: Train, batch_rows: int, evaluation_rows: int) -> tuple[int, ...]:
    """Ascending steps of the scheduled frames, the start (0) and the last step included.

    By default about half of them are evenly spaced and half geometrically, so
    that the fast start is seen as well as the long end.

    Args:
        batch_rows: rows of one batch of one seed.
    """
    steps = train.steps
    if train.eval_every is not None:
        return (*range(0, steps, train.eval_every), steps)
    affordable = int(ROWS_SHARE * steps * batch_rows / evaluation_rows)
    wanted = min(max(affordable, FEWEST_EVALUATIONS), MOST_EVALUATIONS, steps + 1)
    points = wanted // 2
    found: set[int] = set()
    while len(found) < wanted:
        points += 1
        evenly = {round(steps * i / points) for i in range(points + 1)}
        geometrically = {round(steps ** (i / points)) for i in range(points + 1)}
        found = {0} | evenly | geometrically
    return tuple(sorted(found))
