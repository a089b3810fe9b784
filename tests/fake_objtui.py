"""The `objtui` command, but for its trainers: fake_trainer.py, or what OBJTUI_TRAINER names."""

import os
import sys
from pathlib import Path

try:
    if "OBJTUI_BEGINS" in os.environ:  # a file that says so
        Path(os.environ["OBJTUI_BEGINS"]).touch()
    from patience import be_patient

    import objtui.trainer.launch
    from objtui.cli.main import main

    be_patient()
    trainer = os.environ.get("OBJTUI_TRAINER", "fake_trainer.py")
    objtui.trainer.launch.TRAINER = (sys.executable, str(Path(__file__).with_name(trainer)))
except KeyboardInterrupt:  # which objtui.cli.main would take, and forget as this does
    exec("")
    sys.exit(130)
sys.exit(main())
