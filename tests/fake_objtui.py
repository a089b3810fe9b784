"""The `objtui` command, but for trainers that are fake_trainer.py."""

import sys
from pathlib import Path

import objtui.launch
from objtui.cli import main

objtui.launch.TRAINER = (sys.executable, str(Path(__file__).with_name("fake_trainer.py")))
sys.exit(main())
