"""A run as text for people."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from objtui.claims.verdict import Verdict
from objtui.measures.frames import Frame
from objtui.measures.spread import Spread
from objtui.reports.style import Style, number
from objtui.reports.table import deviation_text, score_table
from objtui.reports.text import TextReport, header_lines
from objtui.runfile.records import NO_DEVICE, HeadInfo, RunHeader, RunStatus, RunSummary
from objtui.runs.follow import RunEnd
from objtui.text.numbers import age, counted, duration, grouped

PLAIN = Style(colour=False, unicode=True)

MakeFrame = Callable[..., Frame]
MakeHeader = Callable[..., RunHeader]


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def a_status(step: int, **changes: object) -> RunStatus:
    values: dict[str, object] = {
        "state": "running",
        "step": step,
        "elapsed_s": step / 10,
        "steps_per_s": 10.0,
        "heartbeat_at": 0.0,
        "pid": 1,
        "pid_started": 0.0,
        "host": "here",
    }
    return RunStatus(**{**values, **changes})  # type: ignore[arg-type]


def progress_lines(
    header: RunHeader, frame: Frame, looks: list[tuple[float, RunStatus]]
) -> list[str]:
    """What is written for a first frame and then one status at each time."""
    out, clock = io.StringIO(), Clock()
    report = TextReport(out, PLAIN, clock)
    report.begin(header)
    written = len(out.getvalue())
    report.frame(frame)
    for clock.now, status in looks:
        report.progress(status)
    return out.getvalue()[written:].splitlines()


def test_the_header_says_what_is_settled(header: MakeHeader) -> None:
    text = "\n".join(header_lines(header(), PLAIN))
    for part in (
        "A title",
        "A question?",
        "scenarios/a.toml",
        "cpu, float32, 1 thread",
        "1 000 rows, 100 positive (10 %)",
        "500 rows, 40 positive (8 %)",
        "bce, ce",
        "0, 1",
    ):
        assert part in text


def test_the_header_of_a_measured_run_says_nothing_of_a_training(header: MakeHeader) -> None:
    measured = header(device=NO_DEVICE, train=None, question="", steps=1)
    assert header_lines(measured, PLAIN) == [
        "A title",
        "",
        "run       a-run",
        "measured  scenarios/a.toml, float32",
        "rows      500 rows, 40 positive (8 %)",
        "heads     bce, ce",
        "",
    ]
    several = replace(measured, steps=300)
    assert "steps     up to 300" in header_lines(several, PLAIN)


def test_training_rows_may_be_unknown(header: MakeHeader) -> None:
    assert "train     unknown, 8 features" in header_lines(header(train=None), PLAIN)


def test_a_measured_run_has_no_progress_and_ends_with_its_time(
    header: MakeHeader, frame: MakeFrame
) -> None:
    measured = header(device=NO_DEVICE, train=None, steps=1)
    assert progress_lines(measured, frame(1), [(0.0, a_status(1)), (99.0, a_status(1))]) == []
    out = io.StringIO()
    report = TextReport(out, PLAIN)
    report.begin(measured)
    report.frame(frame(1))
    summary = RunSummary(1, wall_s=0.42, start_s=0.3, train_s=0.0, eval_s=0.12)
    status = a_status(1, state="finished")
    report.end(RunEnd(measured, status, summary, Path("a.objtui"), frame(1), {}, ()))
    assert "\nmeasured in 0.4 s\n\nhead " in out.getvalue()
    assert "step" not in out.getvalue()


def test_a_title_cannot_steer_the_terminal(header: MakeHeader) -> None:
    assert "\x1b" not in "\n".join(header_lines(header(title="red \x1b[31m"), PLAIN))


def test_progress_comes_at_the_first_frame_and_each_five_percent(
    header: MakeHeader, frame: MakeFrame
) -> None:
    looks = [(2.0 * step, a_status(step)) for step in range(0, 51)]
    lines = progress_lines(header(), frame(0, nll=0.25), looks)
    assert len(lines) == 11
    assert lines[0].startswith("step   0/100    0 %")
    assert lines[1].startswith("step   5/100    5 %  0:00  10 steps/s  0:10 left")
    assert lines[1].endswith("nll bce 0.2500 ce 0.2500")


def test_progress_never_comes_twice_within_a_second(header: MakeHeader, frame: MakeFrame) -> None:
    looks = [(step / 50, a_status(step)) for step in range(0, 100)]
    assert len(progress_lines(header(), frame(0), looks)) == 2


def test_progress_is_never_silent_for_more_than_a_minute(
    header: MakeHeader, frame: MakeFrame
) -> None:
    looks = [(float(second), a_status(1, state="paused")) for second in range(0, 181)]
    lines = progress_lines(header(), frame(0), looks)
    assert len(lines) == 4
    assert "paused" in lines[1]


def test_a_trainer_that_writes_nothing_is_said_to_be_silent(
    header: MakeHeader, frame: MakeFrame
) -> None:
    looks = [(float(second), a_status(1)) for second in range(0, 121)]
    lines = progress_lines(header(), frame(0), looks)
    assert "steps/s" in lines[0]
    assert "silent for 1:00" in lines[1]
    assert "steps/s" not in lines[1]


def test_a_deviation_has_the_decimals_of_its_mean() -> None:
    for mean, sd, words in (
        (0.0188, 0.00096, "±0.0010"),
        (0.0188, 0.00001, "±1.0e-5"),
        (12.34, 0.5, "±0.50"),
        (2e-5, 1e-6, "±1.0e-6"),
    ):
        assert deviation_text(Spread(mean, sd), PLAIN) == words


def an_end(header: RunHeader, last: Frame, **changes: object) -> RunEnd:
    values: dict[str, object] = {
        "header": header,
        "status": a_status(100, state="finished"),
        "summary": RunSummary(100, 5.0, 1.0, 2.0, 0.5),
        "path": Path("runs/a-run.objtui"),
        "last": last,
        "diverged_at": {},
        "verdicts": (),
    }
    return RunEnd(**{**values, **changes})  # type: ignore[arg-type]


def test_the_end_has_table_times_and_the_run_file(header: MakeHeader, frame: MakeFrame) -> None:
    out = io.StringIO()
    report = TextReport(out, PLAIN)
    report.begin(header())
    report.frame(frame(100))
    report.end(an_end(header(), frame(100)))
    text = out.getvalue()
    assert "finished after 100 steps in 0:05: start 1.0 s, training 2.0 s" in text
    assert "\nhead " in text
    assert text.endswith("\nrun file  runs/a-run.objtui\n")
    assert "\x1b" not in text


def test_a_claim_judged_before_the_step_that_it_asks_for_says_so(
    header: MakeHeader, frame: MakeFrame
) -> None:
    verdict = Verdict(
        *("It is small", "bce.nll@900 < 1", "holds", 1, 1, ("bce.nll@900",), (0.5,)),
        note="judged at step 100, but the test asks for step 900",
    )
    out = io.StringIO()
    TextReport(out, PLAIN).end(an_end(header(), frame(100), verdicts=(verdict,)))
    assert (
        "holds       It is small\n"
        "            bce.nll@900 < 1\n"
        "            bce.nll@900 0.5\n"
        "            judged at step 100, but the test asks for step 900\n"
    ) in out.getvalue()


def test_colours_are_written_only_where_wanted(header: MakeHeader, frame: MakeFrame) -> None:
    out = io.StringIO()
    TextReport(out, Style(colour=True)).end(an_end(header(), frame(100)))
    assert "\x1b[32mfinished\x1b[0m" in out.getvalue()


@pytest.mark.parametrize("length", [2, 24])
@pytest.mark.parametrize("style", [PLAIN, Style(unicode=False)])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(value=st.floats())
def test_the_table_fits_into_80_columns(
    header: MakeHeader, frame: MakeFrame, length: int, style: Style, value: float
) -> None:
    heads = tuple(HeadInfo(letter * length, "bce", 1, "a") for letter in "ab")
    scores = dict.fromkeys(("nll", "brier", "ap", "ece", "saturated_pos", "gap"), value)
    lines = score_table(header(heads=heads), frame(100, **scores), {}, style)
    assert all(len(line) <= 80 for line in lines)
    assert all(line.isascii() for line in lines) or style.unicode


def test_the_table_shows_mean_and_deviation_over_seeds(
    header: MakeHeader, frame: MakeFrame
) -> None:
    last = frame(100)
    last.score("nll")[:] = [[0.1, 0.3], [0.2, 0.2]]
    lines = score_table(header(), last, {}, PLAIN)
    assert lines[0].split() == ["head", "nll", "brier", "ap", "ece", "sat+", "sat-", "gap"]
    assert lines[1].split()[:2] == ["bce", "0.2000"]
    assert lines[2].split()[0] == "±0.1414"  # sqrt(((0.1 - 0.2)^2 + (0.3 - 0.2)^2) / 1)


def test_one_seed_has_no_deviation(header: MakeHeader, frame: MakeFrame) -> None:
    lines = score_table(header(seeds=(0,)), frame(100, seeds=1), {}, PLAIN)
    assert len(lines) == 3


def test_a_diverged_head_says_so_and_at_which_step(header: MakeHeader, frame: MakeFrame) -> None:
    last = frame(100)
    last.diverged[0] = True
    last.diverged[1, 0] = True
    last.score("nll")[1] = [math.nan, 0.25]
    lines = score_table(header(), last, {"bce": 40, "ce": 60}, PLAIN)
    assert lines[1] == "bce   diverged at step 40"
    assert lines[2].split()[:2] == ["ce", "0.2500"]
    assert lines[3].strip() == "1 of 2 seeds diverged, the first at step 60; left out"


@given(st.floats())
def test_a_number_is_short_and_close_to_what_it_says(value: float) -> None:
    text = number(value, PLAIN)
    assert len(text) <= 8
    if 1e-99 < abs(value) < 1e99:
        assert float(text) == pytest.approx(value, rel=0.06)


def test_numbers_times_and_counts_read_as_people_write_them() -> None:
    numbers = [0.0188, 12.345, 1234.5, 1e-5, 0.0, math.inf, math.nan]
    assert [number(value, PLAIN) for value in numbers] == [
        *("0.0188", "12.35", "1234", "1.0e-5", "0", "inf"),
        PLAIN.nothing,
    ]
    assert [duration(s) for s in (0, 59.6, 3723, math.inf)] == ["0:00", "1:00", "1:02:03", "?"]
    assert [age(s) for s in (-1, 59, 61, 7200, 200_000)] == ["0 s", "59 s", "1 min", "2 h", "2 d"]
    assert grouped(1234567) == "1 234 567"


def test_a_head_of_another_loss_names_its_loss(header: MakeHeader) -> None:
    heads = (HeadInfo("plain", "bce", 1, "plain"),)
    assert "plain (bce)" in "\n".join(header_lines(header(heads=heads), PLAIN))


def test_one_of_something_is_not_several(header: MakeHeader) -> None:
    assert [counted(count, "thread") for count in (0, 1, 2, 1234)] == [
        "0 threads",
        "1 thread",
        "2 threads",
        "1 234 threads",
    ]
    lines = "\n".join(header_lines(header(threads=1, features=1), PLAIN))
    assert "1 thread\n" in lines
    assert "1 feature\n" in lines
