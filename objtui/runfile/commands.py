"""Commands to a running trainer, laid into its run file by any other process."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Literal

from objtui.runfile.connecting import connect_to_write
from objtui.runfile.tables import BUSY_TIMEOUT_S, named_errors

CommandName = Literal["pause", "continue", "step", "stop"]
"""`step` goes on to the next scheduled frame and pauses there."""


def send_command(path: Path, command: CommandName) -> None:
    """Lay a command into the file of a running run; RunFileError where that cannot be."""
    with named_errors(path), closing(connect_to_write(path, BUSY_TIMEOUT_S)) as connection:
        connection.execute("INSERT INTO commands (command) VALUES (?)", (command,))
