"""The `objtui` command, but for trainers that are fake_trainer.py."""

import os
import sys
from pathlib import Path

try:
    if "OBJTUI_BEGINS" in os.environ:  # a file that says so
        Path(os.environ["OBJTUI_BEGINS"]).touch()
    import objtui.launch
    from objtui.cli import main
except KeyboardInterrupt:  # which objtui.cli would take
    sys.exit(130)

objtui.launch.TRAINER = (sys.executable, str(Path(__file__).with_name("fake_trainer.py")))
sys.exit(main())
