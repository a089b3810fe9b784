"""The real trainer, of which a test says how far it may come: see `Held`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from fake_trainer import Held, patient

from objtui.scenario.schema import Scenario
from objtui.session import ProgressListener


def prepare(scenario: Scenario, base: Path, progress: ProgressListener) -> Any:
    from objtui.engine.session import prepare as prepare_real

    session = prepare_real(scenario, base, progress)
    training: Any = Held(session.training, base / "gate")
    return replace(session, training=training)


if __name__ == "__main__":
    sys.exit(patient(prepare))
