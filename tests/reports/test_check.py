"""What `objtui check` writes of one run, where no process is needed to see it."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from objtui.claims.verdict import Verdict
from objtui.measures.frames import Frame
from objtui.reports.check import CheckText, checked_lines
from objtui.reports.style import Style
from objtui.runfile.records import RunHeader, RunStatus

PLAIN = Style(colour=False, unicode=True)

MakeFrame = Callable[..., Frame]
MakeHeader = Callable[..., RunHeader]


def a_status(step: int) -> RunStatus:
    return RunStatus("running", step, step / 10, 10.0, 0.0, 1, 0.0, "here")


def a_verdict(*values: float, holds: int) -> Verdict:
    outcome = "holds" if holds == len(values) else "mixed" if holds else "fails"
    return Verdict("It is small", "bce.nll < 1", outcome, holds, len(values), ("bce.nll",), values)


@pytest.mark.parametrize(
    ("verdict", "lines"),
    [
        (a_verdict(0.5, 0.5, holds=2), ["holds       It is small"]),
        (
            a_verdict(2.0, 4.0, holds=0),
            [
                "fails       It is small",
                "            expected bce.nll < 1; measured bce.nll 3 (2 to 4)",
            ],
        ),
        (
            a_verdict(0.5, math.nan, holds=1),
            [
                "mixed 1/2   It is small",
                "            expected bce.nll < 1; measured bce.nll 0.5 (undefined in 1 of 2)",
            ],
        ),
        (
            replace(a_verdict(0.5, holds=1), note="judged at step 5 of 10"),
            ["holds       It is small", "            judged at step 5 of 10"],
        ),
    ],
)
def test_only_a_claim_that_does_not_hold_says_what_was_measured(
    verdict: Verdict, lines: list[str]
) -> None:
    assert checked_lines(verdict, PLAIN) == lines


def test_colours_are_written_only_where_wanted() -> None:
    assert checked_lines(a_verdict(0.5, holds=1), Style(colour=True))[0].startswith("\x1b[32mholds")


def test_a_long_training_is_never_silent_for_more_than_a_minute(
    header: MakeHeader, frame: MakeFrame
) -> None:
    out, now = io.StringIO(), [0.0]
    report = CheckText(out, PLAIN, clock=lambda: now[0])
    report.begin(header())
    report.frame(frame(1, nll=0.25))
    for now[0] in range(0, 181):
        report.progress(a_status(step=1))
    lines = out.getvalue().splitlines()
    assert lines[0] == "a-run  A question?"
    assert len(lines) == 4
    assert lines[1].startswith("  step   1/100    1 %")
