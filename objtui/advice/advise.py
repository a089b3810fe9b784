"""What to do about a run: every rule that has a reason to speak, the most important first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from objtui.advice.evidence import HeadEvidence, RunEvidence, gather
from objtui.advice.reason import Reason, sentence
from objtui.advice.rules import LEVELS, NOTHING, RULES, Level, Rule
from objtui.advice.settings import head_settings
from objtui.errors import ObjtuiError
from objtui.measures.intervals import Estimate
from objtui.runfile.records import RunStatus
from objtui.runs.source import RunSource
from objtui.text.numbers import either


@dataclass(frozen=True, slots=True)
class Advice:
    """What one rule says of one head.

    Attributes:
        rule, level, scenario: those of the rule.
        head: its name; None for the whole run.
        brief, text: in a few words, and the sentence.
        numbers: what was measured, by name.
    """

    rule: str
    head: str | None
    level: Level
    brief: str
    text: str
    numbers: dict[str, Estimate]
    scenario: str


def advise(run: RunEvidence) -> tuple[Advice, ...]:
    """The advice by level, rule and head, in the order of LEVELS, RULES and the heads."""
    with np.errstate(all="ignore"):  # of a damaged or diverged run what is not finite is silent
        return _advise(run)


def _advise(run: RunEvidence) -> tuple[Advice, ...]:
    said: list[Advice] = []
    silent: set[str] = set()  # heads of which one rule said all
    for rule in RULES:
        for head in run.heads[:1] if rule.of_run else run.heads:
            lost = not head.seeds and not rule.of_lost
            if not rule.of_run and (lost or head.name in silent):
                continue
            reason = rule.measure(run, head)
            if reason is None:
                continue
            said.append(_advice(rule, head, reason))
            if rule.alone:
                silent.add(head.name)
    if all(each.level != "mend" for each in said) and any(head.seeds for head in run.heads):
        said.append(_advice(NOTHING, run.heads[0], {"but": _but(said)}))
    return tuple(sorted(said, key=lambda each: LEVELS.index(each.level)))


def _but(said: Sequence[Advice]) -> str:
    """What is not as it should be though nothing mends it, so that it is not called well."""
    heads = [each.head or "" for each in told_apart(said) if each.rule == "miscalibrated"]
    return (
        f" but the calibration of {either(heads, 'and')}, and no temperature mends that"
        if heads
        else ""
    )


def _advice(rule: Rule, head: HeadEvidence, reason: Reason) -> Advice:
    numbers = {
        name: each
        for name, each in reason.items()
        if isinstance(each, Estimate) and math.isfinite(each.mean)
    }
    name = None if rule.of_run else head.name
    brief, text = (sentence(words, head.name, reason) for words in (rule.brief, rule.sentence))
    return Advice(rule.name, name, rule.level, brief, text, numbers, rule.scenario)


def evidence_of(source: RunSource, step: int | None = None) -> RunEvidence | None:
    """What a run shows at its last scheduled frame up to a step; None before the first.

    Raises RunFileError where the run file cannot be read.
    """
    history = source.history
    if history is None or source.reader is None:
        return None
    settings = head_settings(source.request, len(history.header.heads))
    return gather(history, settings, source.formulas, source.notices, step)


def advice_at(source: RunSource, step: int | None) -> tuple[RunEvidence | None, tuple[Advice, ...]]:
    """What a run shows up to a step, and the advice; none where its file cannot be read.

    What is wrong with the file is said where it is polled.
    """
    try:
        run = evidence_of(source, step)
    except ObjtuiError:
        run = None
    return run, () if run is None else advise(run)


@dataclass(frozen=True, slots=True)
class AdvisedRun:
    """A run file with what is to be said of its last scheduled frame.

    `evidence` is None, and there is no advice, before the first.
    """

    evidence: RunEvidence | None
    status: RunStatus
    advice: tuple[Advice, ...]


def advised_run(path: Path) -> AdvisedRun:
    """Read a run and judge it; raises RunFileError where it cannot be read."""
    with closing(RunSource(path)) as source:
        source.read_in()
        evidence = evidence_of(source)
        advice = () if evidence is None else advise(evidence)
        return AdvisedRun(evidence, source.opened_history.status, advice)


def told_apart(advice: Sequence[Advice]) -> list[Advice]:
    """The advice without what is said of a head that is the same function as another.

    That it is the same is all that stays.
    """
    same = same_functions(advice)
    return [each for each in advice if each.head not in same or each.rule == "heads-alike"]


def same_functions(advice: Sequence[Advice]) -> set[str | None]:
    """Heads that are the same function as another one."""
    return {each.head for each in advice if each.rule == "heads-alike" and "gap" in each.numbers}
