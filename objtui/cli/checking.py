"""Training scenarios, one after the other or several at once, to judge their claims."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from objtui.claims.verdict import Verdict
from objtui.cli.following import require_success
from objtui.cli.signals import FollowSignals
from objtui.cli.training import say_building, say_notices
from objtui.errors import (
    EXIT_CLAIM_FAILS,
    EXIT_DONE,
    Interrupted,
    ObjtuiError,
    TrainingError,
)
from objtui.reports.check import CheckJson, CheckReport, CheckText, is_judged
from objtui.reports.junit import JunitFile, Suite
from objtui.reports.report import write_report
from objtui.reports.style import open_stdout, style_of
from objtui.runfile.records import RunHeader
from objtui.runs.follow import RunEnd
from objtui.runs.together import Building, TrainingEvent, TrainingsTogether, threads_each
from objtui.text.terminal import leave_stdout, say
from objtui.trainer.launch import StartedRun
from objtui.trainer.request import TrainRequest


def check_scenarios(
    requests: Sequence[TrainRequest], args: argparse.Namespace, junit: JunitFile | None = None
) -> int:
    """Train the requests, `args.jobs` at a time; write the verdicts on their claims.

    The verdicts come in the order of the requests. Returns the highest exit code of them: 1
    where a claim does not hold, 2 or 3 where a training cannot start or fails, which keeps none
    of the others from being checked. SIGINT and SIGTERM stop the trainers cleanly and end all in
    130 and 143, and a closed stdout does in 141; after SIGHUP the trainings go on alone, and no
    other begins. However it ends, `junit` gets what was checked until then.
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
    jobs = min(args.jobs, len(requests))
    times = _Times()
    codes = [EXIT_DONE]
    try:
        with FollowSignals() as signals:
            try:
                for place, checked in _checked(requests, jobs, report, signals, times):
                    codes.append(checked.exit_code)
                    if junit is not None:
                        junit.add(times.suite(place, requests[place], checked))
            except OSError:  # stdout: its reader may have died of the same signal
                _raise_received(signals)
                raise
            _raise_received(signals)
            report.summary()
    except Interrupted as interruption:
        return interruption.exit_code
    except BrokenPipeError:
        leave_stdout()
        return 128 + signal.SIGPIPE
    return max(codes)


def _checked(
    requests: Sequence[TrainRequest],
    jobs: int,
    report: CheckReport,
    signals: FollowSignals,
    times: _Times,
) -> Iterator[tuple[int, _Checked]]:
    """What each scenario comes to, by its place, as it is written out."""
    together = TrainingsTogether(
        times.taken(requests), jobs, threads_each(jobs), warm=len(requests) > 1
    )
    with together as trainings:
        signals.stop_with(trainings)
        for event in in_turn(times.ended(trainings.events(_leaving(signals)))):
            checked = _take(event, requests[event.place], report, signals)
            if checked is not None:
                yield event.place, checked


def in_turn(events: Iterable[TrainingEvent]) -> Iterator[TrainingEvent]:
    """The same events, all of a training behind all of those before it.

    The first that has not ended is told as it goes. What the others tell waits until then, all
    but how far they are.
    """
    waiting: dict[int, list[TrainingEvent]] = {}
    turn = 0
    for event in events:
        if event.place != turn:
            if isinstance(event.event, StartedRun | RunHeader | RunEnd | ObjtuiError):
                waiting.setdefault(event.place, []).append(event)
            continue
        yield event
        last = event
        while isinstance(last.event, RunEnd | ObjtuiError):
            turn += 1
            kept = waiting.pop(turn, [])
            yield from kept
            if not kept:
                break
            last = kept[-1]
    for place in sorted(waiting):  # behind one that was stopped before it said a word
        yield from waiting[place]


@dataclass(slots=True)
class _Times:
    """When trainings began and ended, by their places."""

    began: dict[int, tuple[float, float]] = field(default_factory=dict)
    """Seconds since the epoch, and by a clock that only goes forwards."""
    end: dict[int, float] = field(default_factory=dict)

    def taken(self, requests: Sequence[TrainRequest]) -> Iterator[TrainRequest]:
        """The requests, each timed as it is taken."""
        for place, request in enumerate(requests):
            self.began[place] = time.time(), time.monotonic()
            yield request

    def ended(self, events: Iterator[TrainingEvent]) -> Iterator[TrainingEvent]:
        """The events, each timed as it comes."""
        for event in events:
            self.end[event.place] = time.monotonic()
            yield event

    def suite(self, place: int, request: TrainRequest, checked: _Checked) -> Suite:
        """What JUnit is told of one."""
        began_at, began = self.began[place]
        seconds = self.end[place] - began
        return Suite(request.scenario_path, began_at, seconds, checked.verdicts, checked.error)


@dataclass(frozen=True, slots=True)
class _Checked:
    """What one scenario came to."""

    exit_code: int
    verdicts: tuple[Verdict, ...] = ()
    error: str = ""


def _take(
    told: TrainingEvent, request: TrainRequest, report: CheckReport, signals: FollowSignals
) -> _Checked | None:
    """Write out an event; what its scenario came to, where that is the last."""
    match told.event:
        case Building(words):
            say_building(words)
        case StartedRun() as launched:
            say_notices(launched.notices)
        case ObjtuiError() as error:
            return _failed(request, report, error)
        case event:
            end = write_report(report, [event])
            return None if end is None else _judged(end, request, report, signals)
    return None


def _judged(
    end: RunEnd, request: TrainRequest, report: CheckReport, signals: FollowSignals
) -> _Checked | None:
    """The exit code of a scenario, by its verdicts or by what kept it from them.

    None where a signal of ours stopped it.
    """
    verdicts = tuple(end.verdicts) if is_judged(end) else ()
    try:
        if end.status.state == "stopped":
            if signals.received is not None:
                return None
            raise TrainingError(f"the training was stopped at step {end.status.step}")
        require_success(end)
    except ObjtuiError as error:
        return _failed(request, report, error, verdicts)
    confirmed = all(verdict.verdict == "holds" for verdict in end.verdicts)
    return _Checked(EXIT_DONE if confirmed else EXIT_CLAIM_FAILS, verdicts)


def _failed(
    request: TrainRequest,
    report: CheckReport,
    error: ObjtuiError,
    verdicts: tuple[Verdict, ...] = (),
) -> _Checked:
    """Say why a scenario could not be checked."""
    messages = []
    for line in error.lines():
        place = f"{request.scenario_path}:"
        message = line if line.startswith(place) else f"{place} {line}"
        say(f"objtui: error: {message}", sys.stderr)
        report.error(message)
        messages.append(message)
    return _Checked(error.exit_code, verdicts, "\n".join(messages))


def _leaving(signals: FollowSignals) -> Callable[[], bool]:
    """Whether to leave the trainings alone; says once that they are being stopped."""
    said = False

    def leave() -> bool:
        nonlocal said
        if signals.received is not None and not said:
            said = True
            say("objtui: stopping; ctrl+c again kills the trainer", sys.stderr)
        return signals.hung_up

    return leave


def _raise_received(signals: FollowSignals) -> None:
    """Raise Interrupted where a signal asks for the end of all."""
    if signals.hung_up:
        leave_stdout()
        raise Interrupted(signal.SIGHUP)
    if signals.received is not None:
        raise Interrupted(signals.received)
