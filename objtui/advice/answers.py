"""The first questions that a person has of runs, each answered in a line of a few words.

Which head is more extreme, is it calibrated, has it converged, what is to be done? A run is first
brought down to facts about its heads (`facts_of`); the answers are made from those of every run on
the screen (`answers`). Which head is calibrated is what the rules say of it; the rest is measured
here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from objtui.advice.advise import Advice, same_functions, told_apart
from objtui.advice.evidence import HeadEvidence, RunEvidence
from objtui.advice.reasons.learning import nll_change
from objtui.advice.rules import NOTHING
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

CONVERGED = ("diverged", "gets worse", "no", "yes")
"""What becomes of a head, the worst first."""

MIN_SHARE_APART = 0.05
"""By so much one saturated share must be above the next to be the more extreme one."""

MIN_LOGIT_APART = 0.05
"""By so large a share of itself, where shares are alike, one mean logit above the next."""

MAX_NAMES = 3
"""Heads that are named one by one."""

CLASSES = ("objects", "background")

Name = tuple[str, str]
"""A head by the label of its run, empty where there is one run alone, and its own name."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question in a word or two, and the answer."""

    question: str
    words: str


@dataclass(frozen=True, slots=True)
class HeadFacts:
    """What answers need of one head.

    Attributes:
        name: that of the head.
        calibrated: one of the words of CALIBRATION; empty where no rule says it.
        converged: one of CONVERGED; empty where it was not measured.
        nll_change: the share that `nll_change` has.
        saturated: share of objects and of background with p < .01 or > .99.
        logit: mean z of objects and of background.
    """

    name: str
    calibrated: str
    converged: str
    nll_change: float
    saturated: tuple[float, float]
    logit: tuple[float, float]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What answers need of one run at one step.

    Attributes:
        step: that of the frame.
        heads: of those that are the same function the first one, which stands for all.
        to_do: what to do, in brief.
    """

    step: int
    heads: tuple[HeadFacts, ...]
    to_do: str


def facts_of(run: RunEvidence, said: Sequence[Advice]) -> RunFacts:
    """What answers need of a run; `said` is the advice about it."""
    same = same_functions(said)
    heads = tuple(_head_facts(head, said) for head in run.heads if head.name not in same)
    return RunFacts(run.step, heads, in_brief(said))


def in_brief(said: Sequence[Advice]) -> str:
    """The most important piece of advice, and how much more needs mending, or that nothing does."""
    if not said:
        return ""
    more = sum(each.level == "mend" for each in told_apart(said)) - 1
    if more < 0:
        off = [each.brief for each in told_apart(said) if each.rule == "miscalibrated"]
        if off:
            return f"{off[0]}; nothing else needs mending"
        others = [each.brief for each in said[:1] if each.rule != NOTHING.name]
        return "; ".join([NOTHING.brief, *others])
    return f"{said[0].brief}; {more} more to mend" if more > 0 else said[0].brief


def answers(runs: Mapping[str, RunFacts], focus: str = "") -> tuple[Answer, ...]:
    """The answers in the order of their questions; one that nothing was measured for is left out.

    Args:
        runs: by their labels, which go before the names of their heads; that of a single run is
            empty.
        focus: the label of the run in focus, whose advice comes first.
    """
    heads = {(label, head.name): head for label, run in runs.items() for head in run.heads}
    lines = (
        Answer("most extreme?", _most_extreme(heads)),
        Answer(
            "calibrated?", _grouped({at: head.calibrated for at, head in heads.items()}, _WORDS)
        ),
        Answer("converged?", _converged(heads, {run.step for run in runs.values()})),
        Answer("what to do?", _what_to_do(runs, focus)),
    )
    return tuple(line for line in lines if line.words)


_WORDS = tuple(dict.fromkeys(CALIBRATION.values()))


def _head_facts(head: HeadEvidence, said: Sequence[Advice]) -> HeadFacts:
    rules = {each.rule for each in said if each.head == head.name}
    measured = nll_change(head)
    change = 0.0 if measured is None else measured.share.mean
    converged = "" if head.seeds else "diverged"
    if measured is not None:
        converged = "yes" if change == 0 else "no" if change < 0 else "gets worse"
    shares, logits = (
        (head.mean(f"{score}_pos"), head.mean(f"{score}_neg")) for score in ("saturated", "z")
    )
    return HeadFacts(
        head.name,
        next((word for rule, word in CALIBRATION.items() if rule in rules), ""),
        converged,
        change,
        shares,
        logits,
    )


def _most_extreme(heads: Mapping[Name, HeadFacts]) -> str:
    """Of either class the head with the most of it saturated, and how much that is."""
    parts = [part for at in range(len(CLASSES)) if (part := _most_extreme_of(heads, at))]
    names = list(dict.fromkeys(name for name, _ in parts))
    if len(names) == 1:  # for both classes
        parts = [(names[0], " and ".join(words for _, words in parts))]
    if len(heads) == 1:
        said = "".join(words for _, words in parts)
    else:
        said = ", ".join(f"{name or 'all alike'} ({words})" for name, words in parts)
    first, saturated, rest = said.partition(" saturated")  # which need not be said twice
    return first + saturated + rest.replace(" saturated", "")


def _most_extreme_of(heads: Mapping[Name, HeadFacts], of_class: int) -> tuple[str, str] | None:
    """The head, empty where all are alike, and by what; None where nothing was measured.

    Of heads that have alike shares saturated it is the one with the largest mean logit.
    """
    shares = _ranked({name: head.saturated[of_class] for name, head in heads.items()})
    if not shares:
        return None
    first, share = shares[0]
    by_share = f"{100 * share:.0f} % of {CLASSES[of_class]} saturated"
    alike = [name for name, other in shares if share - other < MIN_SHARE_APART]
    if len(alike) == 1:
        return _shown(first), by_share
    logits = _ranked({name: abs(heads[name].logit[of_class]) for name in alike})
    if len(logits) < 2 or logits[0][1] - logits[1][1] < MIN_LOGIT_APART * logits[0][1]:
        return "", by_share
    first = logits[0][0]
    return _shown(first), f"{CLASSES[of_class]} at z {_signed(heads[first].logit[of_class])}"


def _ranked(values: Mapping[Name, float]) -> list[tuple[Name, float]]:
    """What is a number, the largest first."""
    numbers = [(name, value) for name, value in values.items() if math.isfinite(value)]
    return sorted(numbers, key=lambda each: -each[1])


def _signed(logit: float) -> str:
    shown = grouped(abs(logit)) if abs(logit) >= 10 else f"{abs(logit):.1f}"
    return f"−{shown}" if logit < 0 else shown


def _converged(heads: Mapping[Name, HeadFacts], steps: set[int]) -> str:
    """By the share that NLL has changed by since half of the steps."""
    words = _grouped({name: head.converged for name, head in heads.items()}, CONVERGED)
    if not words or words == "diverged":
        return words
    largest = max((head.nll_change for head in heads.values()), key=abs)
    since = f"since step {grouped(next(iter(steps)) // 2)}"
    if len(steps) > 1:
        since = "since half of the steps"
    how = f"nll stands still {since}"
    if largest:
        up_to = "up to " if len(heads) > 1 else ""
        how = f"nll {'fell' if largest < 0 else 'rose'} {up_to}{100 * abs(largest):.0f} % {since}"
    return f"{words}{';' if ':' in words else ','} {how}"


def _what_to_do(runs: Mapping[str, RunFacts], focus: str) -> str:
    """Of every run in brief, that in focus first; those with nothing to mend are only named."""
    said = {label: run.to_do for label, run in runs.items() if run.to_do}
    if list(said) == [""]:  # one run alone
        return said[""]
    of_focus = {focus: said.pop(focus)} if focus in said else {}
    sound = [label for label, words in said.items() if words.startswith(NOTHING.brief)]
    parts = [
        f"{label}: {words}" for label, words in (of_focus | said).items() if label not in sound
    ]
    if sound:
        parts.append(f"{', '.join(sound)}: {NOTHING.brief}")
    return "; ".join(parts)


def _grouped(words: Mapping[Name, str], order: Sequence[str]) -> str:
    """Heads by answer, in that order; only the answer where it is that of all heads of one run.

    The largest group comes last, and by its number alone, where it has too many names.
    """
    groups = {word: _names(words, word) for word in order if word in words.values()}
    runs = {label for label, _ in words}
    if len(groups) == 1 and all(words.values()) and runs == {""}:
        return next(iter(groups))
    largest = max(groups, key=lambda word: len(groups[word]), default="")
    parts = {word: _listed(names) for word, names in groups.items()}
    if len(groups) > 1 and len(groups[largest]) > MAX_NAMES:
        del parts[largest]
        parts[largest] = f"the {len(groups[largest])} others"
    return "; ".join(f"{word}: {names}" for word, names in parts.items())


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MAX_NAMES
    return f"{', '.join(names[:MAX_NAMES])}{f' and {more} more' if more > 0 else ''}"


def _names(words: Mapping[Name, str], word: str) -> list[str]:
    """The heads with this answer; a run all of whose heads have it goes by its label."""
    names: list[str] = []
    for label, name in words:
        if words[label, name] == word:
            whole = label and all(each == word for of, each in words.items() if of[0] == label)
            names.append(label if whole else _shown((label, name)))
    return list(dict.fromkeys(names))


def _shown(name: Name) -> str:
    return ":".join(part for part in name if part)
