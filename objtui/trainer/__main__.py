"""`python -m objtui.trainer`: the process that a launcher starts."""

from __future__ import annotations

import sys

from objtui.trainer.process import main

sys.exit(main())
