"""[calibrate]: what is fitted to the logits after training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from objtui.measures.calibrators import CALIBRATIONS
from objtui.measures.scores import CALIBRATION_SCORE_NAMES
from objtui.scenario.schema.table import Table

NO_CALIBRATION = "none"

if TYPE_CHECKING:
    MethodName = str
else:
    MethodName = Literal[(NO_CALIBRATION, *CALIBRATIONS)]


class Calibrate(Table):
    """What is fitted to the logits after training, and measured on rows apart."""

    method: MethodName = NO_CALIBRATION
    """A map of z that makes p honest: "temperature" (z / T), "platt" (a z + b), "isotonic" (rising
    steps of p). Of each head and seed by itself it is fitted after the last step on half of the
    evaluation rows, and measured on the other half."""

    @property
    def score_names(self) -> tuple[str, ...]:
        """The scores that come with it, behind all others of a run."""
        return () if self.method == NO_CALIBRATION else CALIBRATION_SCORE_NAMES
