"""A scenario with the anchor sizes that "auto" comes to, asked of a process that has torch."""

from __future__ import annotations

from pathlib import Path

from objtui.scenario.schema import Scenario, anchors_of
from objtui.trainer.engine_answers import answer_of


def has_sizes_to_fit(scenario: Scenario) -> bool:
    """Whether its anchors are to be fitted to the boxes of its data."""
    anchors = anchors_of(scenario.data)
    return anchors is not None and anchors.sizes == "auto"


def with_fitted_sizes(scenario: Scenario, base: Path) -> Scenario:
    """The scenario with its sizes written out.

    Raises DataError, in one line, where the boxes cannot be read.
    """
    question = {"scenario": scenario.model_dump(mode="json"), "base": str(base)}
    reply = answer_of("fit", question, "the boxes")
    sizes = tuple(tuple(size) if isinstance(size, list) else size for size in reply["sizes"])
    anchors = anchors_of(scenario.data)
    if anchors is None:
        return scenario
    fitted = {"anchors": anchors.model_copy(update={"sizes": sizes})}
    return scenario.model_copy(update={"data": scenario.data.model_copy(update=fitted)})
