"""The JSON Schema of scenario files, for editors."""

from __future__ import annotations

from typing import Any

from objtui.scenario.schema import Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def scenario_json_schema() -> dict[str, Any]:
    """A draft 2020-12 schema of a whole scenario file.

    It holds what each key may be; the rules that join keys are checked when a
    scenario is loaded.
    """
    schema = Scenario.model_json_schema()
    # `discriminator` is OpenAPI's; strict validators of JSON Schema refuse it.
    schema["properties"]["data"].pop("discriminator")
    # pydantic leaves out a key's description that is equal to its table's.
    schema["properties"]["model"]["description"] = schema["$defs"]["Model"]["description"]
    return {"$schema": DIALECT, **schema, "title": "objtui scenario"}
