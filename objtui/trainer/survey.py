"""`python -m objtui.trainer.survey`: what there is of the data on stdin, on stdout.

It answers with one line of JSON: `images` or `rows`, the survey, or the `error` that says why
there is none.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter

from objtui.engine.data.survey import survey
from objtui.errors import DataError
from objtui.scenario.proposals.survey import ImageSurvey
from objtui.scenario.schema import Data


def answer(question: str) -> dict[str, object]:
    """The answer to a question, `data` and `base`, as JSON has them."""
    asked = json.loads(question)
    data: Data = TypeAdapter(Data).validate_json(json.dumps(asked["data"]))
    try:
        result = survey(data, Path(asked["base"]))
    except DataError as error:
        return {"error": "\n".join(line for _, line in error.problems)}
    return {"images" if isinstance(result, ImageSurvey) else "rows": asdict(result)}


if __name__ == "__main__":
    print(json.dumps(answer(sys.stdin.read())))
