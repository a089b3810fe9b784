"""`python -m objtui.trainer [--one-core] PIPE LOG`: the process that a launcher starts."""

from __future__ import annotations

import sys

from objtui.trainer.quick_end import QuickEnd
from objtui.trainer.torch_ahead import ONE_CORE, load_torch_ahead
from objtui.trainer.uncollected import uncollected

if __name__ == "__main__":
    ending = QuickEnd()
    with uncollected():
        if ONE_CORE not in sys.argv:
            load_torch_ahead()
        from objtui.trainer.process import main
    sys.exit(ending.with_code(main(sys.argv[-2:])))
