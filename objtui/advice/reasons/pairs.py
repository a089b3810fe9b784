"""Whether a head differs from its reference by more than seeds explain."""

from __future__ import annotations

import numpy as np

from objtui.advice.evidence import HeadEvidence, RunEvidence
from objtui.advice.reason import Reason, short
from objtui.measures.intervals import Estimate, paired_difference

COMPARED = ("ap", "nll", "ece")

SAME_FUNCTION = 1e-2
"""The largest difference of any logit up to which two heads are one function."""


def heads_differ(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """Scores whose paired interval leaves out 0."""
    return _told(run, head, differ=True)


def heads_alike(run: RunEvidence, head: HeadEvidence) -> Reason | None:
    """Logits that are the same, or scores none of whose paired intervals leaves out 0."""
    reference = _reference(run, head)
    if reference is None:
        return None
    gap = head.estimate("gap")
    if gap.mean <= SAME_FUNCTION:
        name = reference.name
        words = f"the same function as {name}: no logit differs by more than {short(gap.mean)}"
        return {"reference": name, "how": words, "gap": gap}
    return _told(run, head, differ=False)


def _told(run: RunEvidence, head: HeadEvidence, *, differ: bool) -> Reason | None:
    reference = _reference(run, head)
    if reference is None or head.mean("gap") <= SAME_FUNCTION:
        return None
    differences = {name: _difference(head, reference, name) for name in COMPARED}
    if any(each.seeds < 2 for each in differences.values()):
        return None  # one seed says nothing of chance
    apart = {name: each for name, each in differences.items() if not each.inside_noise}
    if bool(apart) != differ:
        return None
    told = apart or differences
    words = ", ".join(f"{name} {_signed(each)}" for name, each in told.items())
    words = f"{words} over {next(iter(told.values())).seeds} seeds, paired"
    if not differ:
        words = f"no different from {reference.name} beyond noise over seeds: {words}"
    return {"reference": reference.name, "how": words, **told}


def _reference(run: RunEvidence, head: HeadEvidence) -> HeadEvidence | None:
    """The other head that `gap` compares with, where both have seeds left."""
    name = head.info.reference
    others = (each for each in run.heads if each.name == name and each is not head)
    reference = next(others, None)
    return reference if reference is not None and reference.seeds and head.seeds else None


def _difference(head: HeadEvidence, reference: HeadEvidence, name: str) -> Estimate:
    """The difference of a score, over the seeds that both have."""
    _, here, there = np.intersect1d(head.kept, reference.kept, return_indices=True)
    return paired_difference(head.score(name)[here], reference.score(name)[there])


def _signed(each: Estimate) -> str:
    sign = "+" if each.mean > 0 else ""
    return f"{sign}{short(each.mean)} ({short(each.low)} to {short(each.high)})"
