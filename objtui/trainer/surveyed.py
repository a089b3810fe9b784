"""What there is of somebody's data, asked of a process that has torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from objtui.scenario.proposals.survey import ImageSurvey, RowSurvey, Survey
from objtui.trainer.engine_answers import answer_of


def surveyed(data: dict[str, Any], base: Path) -> Survey:
    """The survey of a `[data]` table, as a scenario writes it.

    Raises DataError, a line for each problem, where the data cannot be read.
    """
    reply = answer_of("survey", {"data": data, "base": str(base)}, "the data")
    if "images" in reply:
        return ImageSurvey(**_tuples(reply["images"]))
    return RowSurvey(**_tuples(reply["rows"]))


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: _tuple(value) for key, value in fields.items()}


def _tuple(value: Any) -> Any:
    return tuple(map(_tuple, value)) if isinstance(value, list) else value
