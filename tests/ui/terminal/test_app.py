"""What ends an application in a terminal."""

from __future__ import annotations

import asyncio
import signal

import pytest
from rich.traceback import Traceback

from objtui.ui.terminal.app import TerminalApp


def an_app() -> TerminalApp[signal.Signals]:
    """Its result is the signal that ended it."""
    return TerminalApp(lambda number: number)


def app_whose_reading_raised(error: Exception) -> TerminalApp[signal.Signals]:
    """An app that was told so by the thread that reads the terminal."""
    app = an_app()

    async def run() -> None:
        async with app.run_test():
            try:
                raise error
            except Exception:
                app.panic(Traceback())

    asyncio.run(run())
    return app


def test_a_terminal_that_cannot_be_read_any_more_counts_as_a_hang_up() -> None:
    app = app_whose_reading_raised(OSError(5, "Input/output error"))
    assert app.return_value == signal.SIGHUP
    assert app.failure is None


def test_another_fault_in_reading_the_terminal_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    app = app_whose_reading_raised(ZeroDivisionError("a made-up fault"))
    assert app.return_value is None
    assert str(app.failure) == "ZeroDivisionError: a made-up fault"
    assert capsys.readouterr() == ("", "")
