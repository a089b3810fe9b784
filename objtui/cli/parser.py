"""The command line: parses arguments, runs one command, reports errors."""

from __future__ import annotations

import argparse
import errno
import io
import os
import re
import signal
import sys
import threading
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, Self

from objtui import __version__
from objtui.cli.arguments import add_runs_argument
from objtui.cli.commands import COMMANDS
from objtui.cli.slips import not_a_command, too_many
from objtui.errors import (
    EXIT_DONE,
    EXIT_SIGINT,
    EXIT_TRAINING,
    EXIT_USAGE,
    Interrupted,
    ObjtuiError,
    UsageError,
)
from objtui.text.nearest import nearest
from objtui.text.terminal import leave_stdout, say, settle_environment, why_no_dashboard

_TRACEBACK = "OBJTUI_TRACEBACK"

_OF_WRITING = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EBADF)
"""Errors of what is written to; others, as of too many open files, may be of anything."""


class Interrupts:
    """Within a `with` block, remembers in `came` whether there was a KeyboardInterrupt."""

    def __init__(self) -> None:
        self.came = False
        self._taken = False

    def __enter__(self) -> Self:
        on_main_thread = threading.current_thread() is threading.main_thread()
        if on_main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._interrupt)
            self._taken = True
        return self

    def __exit__(self, *_: object) -> None:
        if self._taken:
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        signal.default_int_handler(number, frame)


class _Parser(argparse.ArgumentParser):
    """A parser that raises UsageError instead of printing its usage and leaving."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see `{self.prog} --help`)")

    def _print_message(self, message: str, file: Any = None) -> None:
        """As of argparse, which passes over a disk that is full."""
        (file or sys.stdout).write(message)


def run_command_line(argv: Sequence[str] | None = None) -> int:
    """Run `objtui` with the arguments, by default those of the process; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _open_closed_streams()
    settle_environment(os.environ)
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        # An encoding that lacks a character is no reason to fail.
        sys.stdout.reconfigure(errors="backslashreplace")
    interrupts = Interrupts()
    try:
        with interrupts:
            code = _run(arguments)
        sys.stdout.flush()
        return code
    except ObjtuiError as error:
        _report(error.lines())
        return error.exit_code
    except Interrupted as interruption:
        return interruption.exit_code
    except KeyboardInterrupt:
        return EXIT_SIGINT
    except BrokenPipeError:
        leave_stdout()
        return EXIT_DONE
    except OSError as error:
        # Files that are written name themselves in their errors; the streams cannot.
        unnamed = "standard output" if error.errno in _OF_WRITING else ""
        where = error.filename or unnamed
        reason = error.strerror or str(error)
        _report([f"{where}: {reason}" if where else reason])
        _flush_or_leave_stdout()
        return EXIT_USAGE
    except Exception as error:
        if interrupts.came:  # which a half-imported package has taken for an error of its own
            return EXIT_SIGINT
        if os.environ.get(_TRACEBACK):
            traceback.print_exc()
        name = type(error).__name__
        _report([f"this is a fault of objtui: {name}: {error} (see it with {_TRACEBACK}=1)"])
        return EXIT_TRAINING


def _open_closed_streams() -> None:
    """Put nothing in the place of standard streams that the caller closed.

    Otherwise the next file that is opened, a pipe say, would pass for one.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def _run(arguments: Sequence[str], *, picked: bool = False) -> int:
    """Run a command line; `picked`: its dashboard may lead back to a picker, by BackToPicker."""
    parser = _parser()
    _check_command(arguments)
    try:
        args, unknown = parser.parse_known_args(arguments, argparse.Namespace(picked=picked))
    except SystemExit:  # argparse leaves after --help and --version, both done
        return EXIT_DONE
    if unknown:
        _refuse(unknown, args)
    if args.command is None:
        return _without_command(parser, args.runs_before)
    if args.runs_before is not None:
        if "runs" not in args:
            parser.error(f"--runs does not go with {args.command.name}")
        args.runs = args.runs or args.runs_before
    code: int = args.command.run(args)
    return code


def _without_command(parser: argparse.ArgumentParser, runs: str | None) -> int:
    """The picker in a terminal, of that folder of runs if one is given; else the help."""
    if why_no_dashboard(os.environ):
        parser.print_help()
        return EXIT_DONE
    from objtui.cli.picker import pick_in_turn

    return pick_in_turn(lambda chosen: _run(chosen, picked=True), _report, runs)


def _parser() -> _Parser:
    parser = _Parser(
        prog="objtui",
        description="Train BCE, CE and MSE objectness heads side by side and watch their scores.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"objtui {__version__}")
    add_runs_argument(parser, dest="runs_before")
    parsers: dict[str, argparse.ArgumentParser] = {}  # by command; `help` prints what they say
    parser.set_defaults(command=None, parser=parser, root=parser, parsers=parsers)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    for command in COMMANDS:
        subparser = subparsers.add_parser(
            command.name, help=command.help, description=command.help, allow_abbrev=False
        )
        command.add_arguments(subparser)
        subparser.set_defaults(command=command, parser=subparser)
        parsers[command.name] = subparser
    return parser


def _check_command(arguments: Sequence[str]) -> None:
    """UsageError with the nearest spelling where the first argument is no command."""
    names = [command.name for command in COMMANDS]
    if not arguments or arguments[0].startswith("-") or arguments[0] in names:
        return
    runs = Path(os.environ.get("OBJTUI_RUNS") or "runs")
    hint = not_a_command(arguments[0], runs)
    if not hint:
        near = nearest(arguments[0], names)
        hint = f'did you mean "{near}"?' if near else f"commands: {', '.join(names)}"
    raise UsageError(f'unknown command "{arguments[0]}"; {hint}')


def _refuse(unknown: list[str], args: argparse.Namespace) -> NoReturn:
    """UsageError for arguments that a command does not take, with the nearest option."""
    parser: argparse.ArgumentParser = args.parser
    if args.command is not None and not any(word.startswith("-") for word in unknown):
        parser.error(f"{too_many(args.command.name, parser)}; too much: {' '.join(unknown)}")
    options = re.findall(r"--[a-z][a-z-]*", parser.format_help())
    option = unknown[0].partition("=")[0]
    near = nearest(option, options) if option.startswith("-") else None
    hint = f"; did you mean {near}?" if near else ""
    parser.error(f"unknown argument {' '.join(unknown)}{hint}")


def _report(lines: Iterable[str]) -> None:
    for line in lines:
        say(f"objtui: error: {line}", sys.stderr)


def _flush_or_leave_stdout() -> None:
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:  # a full disk, say, which has just been reported
        leave_stdout()
