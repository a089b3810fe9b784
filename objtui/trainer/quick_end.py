"""The end of a process that has imported much: with everything done, nothing is taken down.

Python takes its modules down one after the other, torch's in a third of a second, for which
whoever waits for the process waits too.
"""

from __future__ import annotations

import atexit
import os
import sys


class QuickEnd:
    """Ends this process in place of the interpreter's teardown; made before anything else.

    Threads have been joined by then, and what was registered with `atexit` has been called, all
    but what was there before: with that, as under a tool that measures coverage, or where no code
    was given, as after an exception, Python ends as it always does.
    """

    def __init__(self) -> None:
        self._code: int | None = None
        self._process = os.getpid()
        if not atexit._ncallbacks():  # the last to be called is the first that was registered
            atexit.register(self._leave)

    def with_code(self, code: int) -> int:
        """Have the process end with this exit code, which is returned."""
        self._code = code
        return code

    def _leave(self) -> None:
        if self._code is None or os.getpid() != self._process:
            return
        try:
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
            if ctypes := sys.modules.get("ctypes"):  # what libraries in C have still to write
                ctypes.CDLL(None).fflush(None)
        except (OSError, ValueError):  # of which Python itself says a word, and has a code for it
            return
        os._exit(self._code)
