"""A scenario with the anchor sizes that "auto" comes to, asked of a process that has torch."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from objtui.errors import DataError
from objtui.scenario.schema import Scenario, anchors_of
from objtui.trainer.environment import trainer_environment

_FITTER = (sys.executable, "-P", "-m", "objtui.trainer.fit")


def has_sizes_to_fit(scenario: Scenario) -> bool:
    """Whether its anchors are to be fitted to the boxes of its data."""
    anchors = anchors_of(scenario.data)
    return anchors is not None and anchors.sizes == "auto"


def with_fitted_sizes(scenario: Scenario, base: Path) -> Scenario:
    """The scenario with its sizes written out.

    Raises DataError, in one line, where the boxes cannot be read.
    """
    question = {"scenario": scenario.model_dump(mode="json"), "base": str(base)}
    done = subprocess.run(
        _FITTER,
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
        env=trainer_environment(None),
    )
    if done.returncode:
        words = done.stderr.strip().splitlines()
        raise DataError(f"the boxes cannot be read: {words[-1] if words else 'out of memory?'}")
    reply = json.loads(done.stdout)
    if "error" in reply:
        raise DataError(reply["error"])
    sizes = tuple(tuple(size) if isinstance(size, list) else size for size in reply["sizes"])
    anchors = anchors_of(scenario.data)
    if anchors is None:
        return scenario
    fitted = {"anchors": anchors.model_copy(update={"sizes": sizes})}
    return scenario.model_copy(update={"data": scenario.data.model_copy(update=fitted)})
