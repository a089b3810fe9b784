"""`python -m objtui.trainer`: the process that a launcher starts."""

from __future__ import annotations

import sys

from objtui.trainer.quick_end import QuickEnd
from objtui.trainer.uncollected import uncollected

if __name__ == "__main__":
    ending = QuickEnd()
    with uncollected():
        from objtui.trainer.process import main
    sys.exit(ending.with_code(main()))
