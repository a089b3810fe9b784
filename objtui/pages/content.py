"""What a page shows of runs, as values that JSON knows; bounded, whatever the run."""

from __future__ import annotations

from typing import Any

from objtui.measures.histogram import LOGIT_EDGES
from objtui.measures.scores import score_of
from objtui.pages.axis import axis_content
from objtui.pages.curves import logged_numbers, training_losses
from objtui.pages.moments import selected_frames
from objtui.pages.pictures import sample_pictures, worst_mistakes
from objtui.runs.axis_range import AxisRange
from objtui.runs.comparison import Comparison
from objtui.text.terminal import printable


def page_content(runs: Comparison, axis_range: AxisRange | None = None) -> dict[str, Any]:
    """Everything that a page shows of runs that are read in; `history` must be there.

    `axis_range`: one that lives as long as the page does.
    """
    history = runs.history
    assert history is not None
    selection = selected_frames(runs)
    header = history.header
    return {
        "version": 1,
        "title": printable(header.title),
        "question": printable(header.question),
        "run": printable(header.run),
        "note": printable(header.note),
        "device": printable(header.device),
        "dtype": printable(header.dtype),
        "steps": header.steps,
        "heads": [
            {"name": printable(head.name), "loss": printable(head.loss)} for head in header.heads
        ],
        "scores": [score_content(name) for name in header.score_names],
        "edges": LOGIT_EDGES.tolist(),
        "pictures": sample_pictures(history),
        "frames": selection.frames,
        "recorded": selection.recorded,
        **curve_content(runs),
        **changing_content(runs, axis_range or AxisRange()),
    }


def curve_content(runs: Comparison) -> dict[str, Any]:
    """The curves that are recorded apart from the moments, and what comes with the last one."""
    history = runs.history
    assert history is not None
    return {
        "losses": training_losses(history),
        "numbers": logged_numbers(history),
        "mistakes": [worst_mistakes(history, head) for head in range(len(history.header.heads))],
    }


def changing_content(runs: Comparison, axis_range: AxisRange) -> dict[str, Any]:
    """What changes beside the moments while a run goes: its state, its claims and the axis."""
    verdicts = {(each.text, each.test): each for each in runs.verdicts_at(None)}
    history = runs.history
    assert history is not None
    claims = []
    for text, test in history.header.claims:
        verdict = verdicts.get((text, test))
        claims.append(
            {
                "text": printable(text),
                "test": printable(test),
                "label": verdict.label if verdict else "waiting",
                "measured": printable(verdict.measured) if verdict else "",
            }
        )
    states = [run.status.state for run in runs.histories]
    return {
        "state": ", ".join(dict.fromkeys(states)),
        "ended": runs.ended,
        "claims": claims,
        "axis": axis_content(history, axis_range),
    }


def score_content(name: str) -> dict[str, Any]:
    """What a page says of a score, and how it draws it."""
    score = score_of(name)
    return {
        "name": printable(name),
        "meaning": score.meaning,
        "log": score.log,
        "constant": score.constant,
        "direction": score.direction or "",
        "first": score.first is not None or score.summary is not None,
    }
