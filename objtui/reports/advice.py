"""What to do about a run, as text and as JSON lines."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from objtui.advice.advise import Advice, told_apart
from objtui.advice.evidence import RunEvidence
from objtui.advice.rules import Level
from objtui.reports.style import Style, Tone
from objtui.runfile.records import RunStatus
from objtui.scenario.bundled import shown_scenario
from objtui.text.numbers import counted, either, grouped
from objtui.text.terminal import printable

WIDTH = 80

HEADINGS: dict[Level, tuple[str, Tone]] = {
    "mend": ("to mend", "bad"),
    "know": ("to know", "unsure"),
    "fine": ("as it should be", "good"),
}
"""What stands over the advice of a level."""

WHOLE_RUN = "the whole run"

MOST_AT_THE_END = 3
"""Pieces of advice that end a report of a run."""


def advice_line(advice: Advice) -> dict[str, Any]:
    """A piece of advice as a line of JSON; without an interval, low and high are null."""
    return {
        "type": "advice",
        "rule": advice.rule,
        "head": advice.head,
        "level": advice.level,
        "text": advice.text,
        "numbers": {
            name: {"mean": each.mean, "low": each.low, "high": each.high}
            for name, each in advice.numbers.items()
        },
        "scenario": advice.scenario,
    }


def advice_text(run: RunEvidence, status: RunStatus, said: Sequence[Advice], style: Style) -> str:
    """All of the advice, by level, then by head."""
    lines = [style.paint(printable(run.header.title), "strong"), *basis(run, status)]
    for level, by_head in sections(run, said):
        heading, tone = HEADINGS[level]
        lines += ["", style.paint(heading, tone)]
        for head, pieces in by_head:
            lines += ["", f"  {style.paint(head, 'strong')}"]
            for each in pieces:
                lines += advice_lines(each, style, shown_scenario(run.header.scenario))
    return "\n".join(lines)


def sections(
    run: RunEvidence, said: Sequence[Advice]
) -> list[tuple[Level, list[tuple[str, list[Advice]]]]]:
    """The advice by level, then by head; the whole run comes before the heads."""
    names = [None, *(head.name for head in run.heads)]
    of_levels = []
    for level, of_level in groupby(told_apart(said), key=lambda each: each.level):
        by_head = sorted(of_level, key=lambda each: names.index(each.head))
        heads = groupby(by_head, key=lambda each: each.head)
        of_levels.append((level, [(head or WHOLE_RUN, list(each)) for head, each in heads]))
    return of_levels


def advice_lines(advice: Advice, style: Style, scenario: str) -> list[str]:
    """A sentence, and a bundled scenario that shows it, where that is not the run's own."""
    lines = textwrap.wrap(
        printable(f"{advice.rule}: {advice.text}"),
        WIDTH,
        initial_indent="    ",
        subsequent_indent="      ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    if advice.scenario == scenario:
        return lines
    arrow = "→" if style.unicode else "->"
    return [*lines, style.paint(f"      {arrow} objtui run {advice.scenario} shows it", "faint")]


def advice_at_the_end(said: Sequence[Advice], command: str) -> list[str]:
    """What most needs mending, a piece a rule, and the command that says the rest."""
    lines: list[str] = []
    of_rule: dict[str, list[Advice]] = {}
    for each in told_apart(said):
        if each.level == "mend":
            of_rule.setdefault(each.rule, []).append(each)
    for first, *others in list(of_rule.values())[:MOST_AT_THE_END]:
        also = either((each.head or "" for each in others), "and") if others else ""
        text = f"{first.text} The same of {also}." if also else first.text
        lines += textwrap.wrap(printable(text), WIDTH, subsequent_indent="  ")
    return [*lines, f"what to do: {command}"]


def basis(run: RunEvidence, status: RunStatus) -> list[str]:
    """What the advice goes by: rows, seeds and the step."""
    header = run.header
    of_training = run.heads[0].of_training
    negative, positive = run.heads[0].rows
    what = "training" if of_training else "validation"
    seeds = len(header.seeds)
    sure = (
        f"{seeds} seeds; intervals are 95 %" if seeds > 1 else "one seed: no intervals over seeds"
    )
    of_all = grouped(run.step)
    if header.steps is not None:
        of_all += f" of {grouped(header.steps)}"
    lines = [
        f"{printable(header.run)}, {status.state}, as of step {of_all}",
        f"{counted(negative + positive, f'{what} row')}, {counted(positive, 'object')}; {sure}",
    ]
    if of_training:
        lines.append("all of it is measured on the rows trained on: others would show worse")
    return lines
