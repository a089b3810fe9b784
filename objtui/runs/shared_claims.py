"""Claims of runs that are compared: one that several runs make is listed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from objtui.claims.verdict import Verdict, outcome_of
from objtui.runfile.records import RunHeader

Claim = tuple[str, str]
"""(text, test), as a scenario has it."""

RunVerdict = tuple[str, Verdict | None]
"""A run's label and what it says; None before its first frame."""


def shared_claims(headers: Sequence[RunHeader], labels: Sequence[str]) -> tuple[Claim, ...]:
    """The claims of all runs, each once; one that a single run makes bears its label."""
    makers = _makers(headers)
    return tuple(
        claim if len(runs) > 1 else (f"{labels[runs[0]]}: {claim[0]}", claim[1])
        for claim, runs in makers.items()
    )


def by_run(
    headers: Sequence[RunHeader], labels: Sequence[str], verdicts: Sequence[Sequence[Verdict]]
) -> dict[Claim, tuple[RunVerdict, ...]]:
    """By each of `shared_claims`, what every run that makes it says.

    Args:
        verdicts: by run; empty for one without a frame.
    """
    by_claim = [{(each.text, each.test): each for each in of_run} for of_run in verdicts]
    claims = zip(shared_claims(headers, labels), _makers(headers).items(), strict=True)
    return {
        listed: tuple((labels[run], by_claim[run].get(claim)) for run in runs)
        for listed, (claim, runs) in claims
    }


def joined_verdicts(by_claim: Mapping[Claim, Sequence[RunVerdict]]) -> tuple[Verdict, ...]:
    """A verdict a claim, over the seeds of all runs that say something about it."""
    joined = []
    for (text, test), of_runs in by_claim.items():
        verdicts = [verdict for _, verdict in of_runs if verdict is not None]
        if not verdicts:
            continue
        holds, of = sum(each.holds for each in verdicts), sum(each.of for each in verdicts)
        values = tuple(value for each in verdicts for value in each.values)
        joined.append(
            Verdict(text, test, outcome_of(holds, of), holds, of, verdicts[0].operands, values)
        )
    return tuple(joined)


def _makers(headers: Sequence[RunHeader]) -> dict[Claim, list[int]]:
    """By claim, the runs that make it, in their order."""
    makers: dict[Claim, list[int]] = {}
    for run, header in enumerate(headers):
        for claim in dict.fromkeys(header.claims):
            makers.setdefault(claim, []).append(run)
    return makers
