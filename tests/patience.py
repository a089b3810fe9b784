"""How long tests wait for what should come at once: a loaded machine may take its time.

No measure of anything, and a test that passes never waits so long.
"""

from __future__ import annotations

import objtui.cli.commands.control
import objtui.cli.signals
import objtui.runfile.tables
import objtui.trainer.launch

GIVE_UP_S = 120.0
"""When to give up on something."""


def be_patient() -> None:
    """Let this process wait as long for its trainers and for the locks of others.

    To be called before the modules that use these are imported.
    """
    objtui.cli.commands.control.ANSWER_S = GIVE_UP_S
    objtui.cli.signals.LEAVE_TIMEOUT_S = GIVE_UP_S
    objtui.trainer.launch.LEAVE_S = GIVE_UP_S
    objtui.runfile.tables.BUSY_TIMEOUT_S = GIVE_UP_S
