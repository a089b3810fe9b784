"""Questions to the engine, asked of a process of its own, since it alone imports torch."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from objtui.errors import DataError
from objtui.trainer.environment import trainer_environment


def answer_of(module: str, question: dict[str, Any], what: str) -> dict[str, Any]:
    """What a module of this package prints on a question on its stdin, both as JSON.

    Raises DataError where the answer is an `error`, or there is none: `what` cannot be read then.
    """
    done = subprocess.run(
        (sys.executable, "-P", "-m", f"objtui.trainer.{module}"),
        input=json.dumps(question),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        env=trainer_environment(None),
    )
    if done.returncode:
        words = done.stderr.strip().splitlines()
        raise DataError(f"{what} cannot be read: {words[-1] if words else 'out of memory?'}")
    reply: dict[str, Any] = json.loads(done.stdout)
    if "error" in reply:
        raise DataError(reply["error"])
    return reply
