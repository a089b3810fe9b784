"""The first questions that a person has of a run, each answered in a line: by head, in a few words.

Which head is calibrated is what the rules say of it; converged is measured here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from objtui.advice.advise import Advice, same_functions
from objtui.advice.evidence import HeadEvidence, RunEvidence
from objtui.text.numbers import grouped

CALIBRATION = {
    "overconfident": "overconfident",
    "underconfident": "underconfident",
    "double-sigmoid": "no",
    "miscalibrated": "no",
    "calibration-unsure": "unsure",
    "calibrated": "yes",
}
"""What rules about p come to, the worst first."""

MIN_CHANGE = 0.05
"""The share of its NLL by which a head that still learns must change from half of the steps on."""

MIN_NLL_CHANGE = 1e-3
"""A smaller change is none, whatever its share: NLL of separable rows falls for ever."""

MAX_NAMES = 3
"""Heads that are named one by one."""


def answers(run: RunEvidence, said: Sequence[Advice], label: str = "") -> tuple[str, ...]:
    """Whether heads are calibrated, and converged; a question without an answer is left out.

    Of heads that are the same function the first one stands for all.

    Args:
        said: the advice about the run.
        label: of the run among several, which goes before the names of its heads.
    """
    prefix = f"{label}:" if label else ""
    heads = [each for each in run.heads if each.name not in same_functions(said)]
    lines = (_calibrated(said, heads, prefix), _converged(run.step, heads, prefix))
    return tuple(line for line in lines if line)


def _calibrated(said: Sequence[Advice], heads: Sequence[HeadEvidence], prefix: str) -> str:
    groups: dict[str, list[str]] = {}
    for rule, word in CALIBRATION.items():
        names = {each.head for each in said if each.rule == rule}
        groups.setdefault(word, []).extend(head.name for head in heads if head.name in names)
    words = _grouped(groups, prefix)
    return f"calibrated? {words}" if words else ""


def _converged(step: int, heads: Sequence[HeadEvidence], prefix: str) -> str:
    """By the share that NLL has changed by since half of the steps."""
    changes = {head.name: change for head in heads if (change := nll_change(head)) is not None}
    groups: dict[str, list[str]] = {"no": [], "gets worse": [], "yes": []}
    for name, change in changes.items():
        groups["yes" if change == 0 else "no" if change < 0 else "gets worse"].append(name)
    words = _grouped(groups, prefix)
    if not words:
        return ""
    largest = max(changes.values(), key=abs)
    since = f"since step {grouped(step // 2)}"
    how = f"nll stands still {since}"
    if largest:
        how = (
            f"nll still {'falls' if largest < 0 else 'rises'} ({100 * abs(largest):.0f} % {since})"
        )
    return f"converged? {words}{';' if ':' in words else ','} {how}"


def nll_change(head: HeadEvidence) -> float | None:
    """By what share the mean NLL has changed since half of the steps; 0 for next to nothing.

    None where it was not measured by then.
    """
    before = np.flatnonzero(head.steps <= head.steps[-1] / 2)
    if not head.seeds or head.steps[-1] <= 0 or not len(before):
        return None
    nll = head.curve("nll").mean(axis=1)  # (frames,)
    first, last = float(nll[before[-1]]), float(nll[-1])
    if not np.isfinite([first, last]).all():
        return None
    change = last - first
    if abs(change) < max(MIN_CHANGE * first, MIN_NLL_CHANGE):
        return 0.0
    return change / first


def _grouped(groups: Mapping[str, Sequence[str]], prefix: str) -> str:
    """Heads by answer; only the answer where it is that of all."""
    there = {word: names for word, names in groups.items() if names}
    if len(there) == 1 and not prefix:
        return next(iter(there))
    parts = []
    for word, names in there.items():
        some = ", ".join(f"{prefix}{name}" for name in names[:MAX_NAMES])
        more = len(names) - MAX_NAMES
        parts.append(f"{word}: {some}{f' and {more} more' if more > 0 else ''}")
    return "; ".join(parts)
