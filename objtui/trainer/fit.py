"""`python -m objtui.trainer.fit`: the anchors of the scenario on stdin, fitted, on stdout.

A process of its own, as boxes are read by the engine, which imports torch. It answers with one
line of JSON: `sizes`, or the `error` that says why there are none.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from objtui.engine.data.images.fitted import fitted_anchors
from objtui.errors import DataError
from objtui.scenario.schema import Scenario, anchors_of


def answer(question: str) -> dict[str, object]:
    """The answer to a question, `scenario` and `base`, as JSON has them."""
    asked = json.loads(question)
    data = Scenario.model_validate_json(json.dumps(asked["scenario"])).data
    anchors = anchors_of(data)
    if anchors is None:
        return {"error": "the source has no anchors"}
    try:
        return {"sizes": fitted_anchors(data, anchors, Path(asked["base"])).sizes}
    except DataError as error:
        return {"error": error.lines()[0]}


if __name__ == "__main__":
    print(json.dumps(answer(sys.stdin.read())))
