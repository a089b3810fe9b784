"""Opening the dashboard on a run, and what happens once it is left."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from objtui.cli.arguments import watch_hint
from objtui.cli.signals import FollowSignals, await_trainer, ignore_more_signals
from objtui.errors import (
    EXIT_DONE,
    EXIT_SIGHUP,
    EXIT_SIGINT,
    EXIT_SIGTERM,
    BackToPicker,
    TrainingError,
)
from objtui.runfile.records import ENDED
from objtui.text.commands import shell_join
from objtui.text.numbers import step_of
from objtui.text.terminal import leave_stdout, say, why_ascii
from objtui.trainer.launch import StartedRun, StartingTrainer, begin_launch
from objtui.trainer.uncollected import uncollected
from objtui.ui.theme import Theme, colour_depth

if TYPE_CHECKING:
    from objtui.runfile.reader import RunReader
    from objtui.runs.comparison import Comparison
    from objtui.trainer.request import TrainRequest
    from objtui.ui.dashboard.app import DashboardApp
    from objtui.ui.dashboard.exit import ExitReason
    from objtui.ui.dashboard.first_picture import FirstPicture
    from objtui.ui.terminal.app import Came


ENDS_TRAINING: tuple[ExitReason, ...] = ("stopped", "interrupted", "terminated")
"""How leaving ends a training that the dashboard owns."""

EXIT_CODES: dict[ExitReason, int] = {
    "interrupted": EXIT_SIGINT,
    "terminated": EXIT_SIGTERM,
    "hung up": EXIT_SIGHUP,
}


def train_in_dashboard(request: TrainRequest, args: argparse.Namespace) -> int:
    """Start a training and open the dashboard on it at once; the exit code.

    Raises ObjtuiError where the training cannot start, or fails.
    """
    title = request.title()
    with FollowSignals() as signals:  # until the dashboard has handlers of its own
        trainer = begin_launch(request, Path(request.runs), started=signals.stop_with)
        # Late, as all that draws: the trainer's start should not wait for it.
        from objtui.ui.dashboard.first_picture import FirstPicture

        first = FirstPicture(title, theme_of(args))
        try:
            code = _open_dashboard(
                lambda: _starting_run(trainer), first, args, trainer, came=signals.came
            )
        except TrainingError:
            if signals.received is None:
                raise
            code = EXIT_DONE
        return code if signals.received is None else 128 + signals.received


def watch_in_dashboard(
    paths: Sequence[Path], args: argparse.Namespace, *, title: str = "", of_sweep: bool = False
) -> int:
    """Show a recorded run, or several side by side, until it is left; the exit code.

    Raises ObjtuiError where a run cannot be shown, is named twice or fails. `title`: what stands
    at the top until they are read, by default their own. `of_sweep`: escape leaves too, and
    nothing is said, since the dashboard of their sweep comes back.
    """
    first = _first_picture(paths, title, theme_of(args))
    return _open_dashboard(lambda: _recorded_runs(paths), first, args, of_sweep=of_sweep)


def _first_picture(paths: Sequence[Path], title: str, theme: Theme) -> FirstPicture:
    """The first picture of recorded runs, which are looked at first: the screen is not taken where
    one cannot be shown.
    """
    from objtui.runfile.reader import RunReader
    from objtui.runs.merged_header import merged_header
    from objtui.runs.recorded import run_names
    from objtui.ui.charts.words import READING
    from objtui.ui.dashboard.first_picture import FirstPicture

    names = run_names(paths)
    headers, trains = [], False
    for path in paths:
        with RunReader(path) as reader:
            headers.append(reader.header())
            trains = trains or reader.status().state not in ENDED
    header = headers[0] if len(headers) == 1 else merged_header(headers, names)
    return FirstPicture(title or header.title, theme, header, trains=trains, doing=READING)


def _recorded_runs(paths: Sequence[Path]) -> Comparison:
    from objtui.runs.comparison import Comparison
    from objtui.runs.source import RunSource

    return Comparison([RunSource(path) for path in paths])


def _starting_run(trainer: StartingTrainer) -> Comparison:
    # Late: readers of runs take as long to import as Textual itself.
    from objtui.runs.comparison import Comparison
    from objtui.runs.source import RunSource

    return Comparison([RunSource(trainer=trainer)])


def _open_dashboard(
    open_runs: Callable[[], Comparison],
    first: FirstPicture,
    args: argparse.Namespace,
    trainer: StartingTrainer | None = None,
    *,
    came: Came = lambda: None,
    of_sweep: bool = False,
) -> int:
    """Show runs until they are left; the exit code.

    Raises ObjtuiError where a run fails, and the dashboard's own error where it does;
    BackToPicker where a picker opened it and it was left to go back there.

    With a `trainer` of its own, SIGINT and SIGTERM stop the trainer cleanly, and
    leaving an unfinished run asks what becomes of it. SIGHUP leaves it going.
    """
    from objtui.ui.terminal.early import EarlyScreen

    owns_training = trainer is not None
    app: DashboardApp | None = None
    try:
        with EarlyScreen(first.lines) as early:
            app = _dashboard(
                open_runs, first, args, owns_training=owns_training, leads_back=of_sweep
            )
            leaving = app.show(early, came)
    except Exception:
        run = None if app is None else app.source
        if owns_training and not (run and run.ended):
            _say_that_it_goes_on(run.reader if run else None, args)
        raise
    finally:
        if app is not None and app.runs is not None:
            app.runs.close()
    if leaving is not None and leaving.how in EXIT_CODES:
        ignore_more_signals()
    if leaving is None:
        raise RuntimeError("the dashboard closed without saying how it was left")
    if leaving.error is not None:
        raise leaving.error
    run = app.source
    if trainer is not None and leaving.how in ENDS_TRAINING:
        if run is not None:
            _stop(run.starting, run.launched)
        else:
            trainer.abort()
    if of_sweep:
        return EXIT_CODES.get(leaving.how, EXIT_DONE)
    goes_back = leaving.back and args.picked
    try:
        try:
            _say_after_leaving(app, args, leaving.how, owns_training=owns_training)
        except TrainingError as error:
            if not goes_back:
                raise
            say(f"objtui: {error}", sys.stderr)
        sys.stdout.flush()
    except OSError:
        if leaving.how != "hung up":
            raise
        leave_stdout()  # the terminal is gone
    if goes_back and leaving.how not in EXIT_CODES:
        raise BackToPicker
    return EXIT_CODES.get(leaving.how, EXIT_DONE)


def _dashboard(
    open_runs: Callable[[], Comparison],
    first: FirstPicture,
    args: argparse.Namespace,
    *,
    owns_training: bool,
    leads_back: bool,
) -> DashboardApp:
    """The application, with all that it is made of."""
    # Late: Textual takes longer than all that comes before the first picture.
    with uncollected():  # nor is any of it gone through for garbage while keys are pressed
        from objtui.ui.dashboard.app import DashboardApp
        from objtui.ui.dashboard.view_file import ViewFile

    return DashboardApp(
        open_runs,
        first.theme,
        title=first.title,
        owns_training=owns_training,
        fps=args.fps,
        views=ViewFile.of(os.environ),
        leads_back=leads_back,
        first=first,
    )


def theme_of(args: argparse.Namespace) -> Theme:
    """Glyphs and colours by option, locale and NO_COLOR."""
    glyphs = args.glyphs
    if glyphs == "auto":
        glyphs = "ascii" if why_ascii(os.environ) else "braille"
    colours = not os.environ.get("NO_COLOR")
    return Theme(glyphs, colours=colours, depth=colour_depth(os.environ))


def _say_after_leaving(
    app: DashboardApp, args: argparse.Namespace, how: ExitReason, *, owns_training: bool
) -> None:
    """What became of the runs, and how to watch those that go on.

    Nothing of recorded runs that had not been opened.
    """
    run = app.source
    if app.runs is not None:
        from objtui.cli.training import say_notices

        say_notices(app.runs.notices)
    if app.runs is not None and app.runs.several:
        _say_how_they_stand(app.runs, args, how)
    elif run is not None and run.reader is not None:
        _say_how_it_stands(run.reader, args, how)
    elif not owns_training:
        return
    elif how in ENDS_TRAINING:
        say("objtui: stopped before the training began; nothing was recorded", sys.stderr)
    else:
        say(f"objtui: the training is starting; watch it with: {watch_hint(args, 'last')}")


def _stop(starting: StartingTrainer | None, launched: StartedRun | None) -> None:
    """Let the trainer stop cleanly, with a checkpoint."""
    if starting is not None:
        starting.abort()
    if launched is not None:
        launched.process.terminate()
        await_trainer(launched.process)


def _say_that_it_goes_on(reader: RunReader | None, args: argparse.Namespace) -> None:
    """How to come back to the training after an error of the dashboard."""
    hint = watch_hint(args, reader.path.stem if reader else "last")
    say(f"objtui: the training goes on; watch it with: {hint}", sys.stderr)


def _say_how_they_stand(runs: Comparison, args: argparse.Namespace, how: str) -> None:
    """A line a run that was read.

    Raises TrainingError where all have ended, and one did so badly.
    """
    paths = [source.reader.path for source in runs.sources if source.reader is not None]
    for label, source in zip(runs.labels, runs.sources, strict=True):
        history = source.history
        if history is None:  # left before it was read
            continue
        steps = step_of(history.status.step, history.header.steps)
        say(f"{label}  {history.status.state}  step {steps}")
    if not runs.ended:
        say(f"watch them with: {watch_hint(args, shell_join(map(str, paths)))}")
    if how == "ended":
        from objtui.cli.following import require_well

        require_well([(history.header.run, history.status.state) for history in runs.histories])


def _say_how_it_stands(reader: RunReader, args: argparse.Namespace, how: str) -> None:
    """What the run came to, where it has ended; else how to watch it again."""
    from objtui.reports.report import write_report
    from objtui.reports.style import open_stdout, style_of
    from objtui.reports.text import TextReport
    from objtui.runs.follow import follow

    run = reader.path.stem
    if how == "left" or reader.status().state not in ENDED:
        say(f"{run} goes on; watch it with: {watch_hint(args, run)}")
        return
    out = open_stdout()
    end = write_report(TextReport(out, style_of(out, os.environ)), follow(reader))
    if end is not None and how == "ended":
        from objtui.cli.following import require_success

        require_success(end)
