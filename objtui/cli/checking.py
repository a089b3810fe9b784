"""Training scenarios one after the other, to judge their claims."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from objtui.claims.verdict import Verdict
from objtui.cli.following import (
    await_trainer,
    require_success,
    say_notices,
    start_training,
    write_run,
)
from objtui.cli.signals import FollowSignals
from objtui.errors import (
    EXIT_CLAIM_FAILS,
    EXIT_DONE,
    Interrupted,
    ObjtuiError,
    RunFileError,
    TrainingError,
)
from objtui.reports.check import CheckJson, CheckReport, CheckText, is_judged
from objtui.reports.junit import JunitFile, Suite
from objtui.reports.style import open_stdout, style_of
from objtui.runs.follow import RunEnd
from objtui.text.terminal import leave_stdout, say
from objtui.trainer.request import TrainRequest


def check_in_turn(
    requests: Sequence[TrainRequest], args: argparse.Namespace, junit: JunitFile | None = None
) -> int:
    """Train each request and write the verdicts on its claims; the highest exit code of them.

    That is 1 where a claim does not hold, 2 or 3 where a training cannot start or
    fails, which keeps none of the others from being checked. SIGINT and SIGTERM stop
    the trainer cleanly and end all in 130 and 143, and a closed stdout does in 141;
    after SIGHUP the training goes on alone, and no other begins. However it ends, `junit`
    gets what was checked until then.
    """
    try:
        return _check(requests, args, junit)
    finally:
        if junit is not None:
            junit.write()


def _check(
    requests: Sequence[TrainRequest], args: argparse.Namespace, junit: JunitFile | None
) -> int:
    out = open_stdout()
    report = CheckJson(out) if args.json else CheckText(out, style_of(out, os.environ))
    codes = [EXIT_DONE]
    try:
        with FollowSignals() as signals:
            for request in requests:
                signals.stop_with(None)  # the last one's trainer is gone
                _raise_received(signals)
                checked = _checked(request, report, signals)
                codes.append(checked.exit_code)
                if junit is not None:
                    junit.add(checked.suite)
            report.summary()
    except Interrupted as interruption:
        return interruption.exit_code
    except BrokenPipeError:
        leave_stdout()
        return 128 + signal.SIGPIPE
    return max(codes)


@dataclass(frozen=True, slots=True)
class _Checked:
    """What one scenario came to."""

    exit_code: int
    suite: Suite


def _checked(request: TrainRequest, report: CheckReport, signals: FollowSignals) -> _Checked:
    """One scenario's exit code, by its verdicts or by what kept it from them."""
    began, began_at = time.monotonic(), time.time()

    verdicts: tuple[Verdict, ...] = ()

    def suite(error: str = "") -> Suite:
        seconds = time.monotonic() - began
        return Suite(request.scenario_path, began_at, seconds, verdicts, error)

    try:
        end = _train(request, report, signals)
        verdicts = tuple(end.verdicts) if is_judged(end) else ()
        if end.status.state == "stopped":
            raise TrainingError(f"the training was stopped at step {end.status.step}")
        require_success(end)
    except ObjtuiError as error:
        messages = []
        for line in error.lines():
            place = f"{request.scenario_path}:"
            message = line if line.startswith(place) else f"{place} {line}"
            say(f"objtui: error: {message}", sys.stderr)
            report.error(message)
            messages.append(message)
        return _Checked(error.exit_code, suite("\n".join(messages)))
    confirmed = all(verdict.verdict == "holds" for verdict in end.verdicts)
    return _Checked(EXIT_DONE if confirmed else EXIT_CLAIM_FAILS, suite())


def _train(request: TrainRequest, report: CheckReport, signals: FollowSignals) -> RunEnd:
    """Train one request to its end. Raises Interrupted where a signal is the end of it."""
    launched = start_training(request, signals)
    if launched is None:
        raise Interrupted(signals.received or signal.SIGTERM)
    say_notices(launched.notices)
    try:
        end = write_run(launched, report, signals)
    except (OSError, RunFileError):  # stdout or the run file: nobody can judge what it trains
        if not signals.hung_up:
            launched.process.terminate()
            await_trainer(launched.process)
        _raise_received(signals)
        raise
    if end is not None:
        await_trainer(launched.process)
    _raise_received(signals)
    assert end is not None  # only a hang-up breaks the events off
    return end


def _raise_received(signals: FollowSignals) -> None:
    """Raise Interrupted where a signal asks for the end of all."""
    if signals.hung_up:
        leave_stdout()
        raise Interrupted(signal.SIGHUP)
    if signals.received is not None:
        raise Interrupted(signals.received)
