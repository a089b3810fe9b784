"""fake_objtui.py, but that Textual is not imported before the file OBJTUI_RELEASED is there.

Or another module, which OBJTUI_HELD names.

Where that says so, it cannot be imported then.
"""

import os
import runpy
import sys
import time
from importlib.abc import MetaPathFinder
from pathlib import Path

RELEASED = Path(os.environ["OBJTUI_RELEASED"])
HELD = os.environ.get("OBJTUI_HELD", "textual")


class Hold(MetaPathFinder):
    """Finds nothing, once it may."""

    def find_spec(self, name, path, target=None):
        """Wait before the module."""
        if name == HELD:
            while not RELEASED.exists():
                time.sleep(0.02)
            if RELEASED.read_text() == "fails":
                raise RuntimeError("a made-up fault")


sys.meta_path.insert(0, Hold())
sys.argv[0] = str(Path(__file__).with_name("fake_objtui.py"))
sys.path.insert(0, str(Path(__file__).parent))
runpy.run_path(sys.argv[0], run_name="__main__")
