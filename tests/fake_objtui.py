"""The `objtui` command, but for its trainers: fake_trainer.py, or as OBJTUI_TRAINER says.

That is a file beside this one with arguments, as a shell would have them.
"""

import os
import shlex
import sys
from pathlib import Path

try:
    if "OBJTUI_BEGINS" in os.environ:  # a file that says so
        Path(os.environ["OBJTUI_BEGINS"]).touch()
    from patience import be_patient
    from warm_programs import WarmProcess

    import objtui.trainer.launch
    import objtui.trainer.warm
    from objtui.cli.main import command

    be_patient()
    trainer, *behaviours = shlex.split(os.environ.get("OBJTUI_TRAINER", "fake_trainer.py"))
    program = str(Path(__file__).with_name(trainer))
    objtui.trainer.launch.OwnProcess = WarmProcess
    objtui.trainer.launch.TRAINER = (sys.executable, program, *behaviours)
    objtui.trainer.warm.PARENT = ("/none",)  # which would fork real ones
except KeyboardInterrupt:  # which objtui.cli.main would take, and forget as this does
    exec("")
    sys.exit(130)
sys.exit(command())
