"""`objtui schema`: the JSON Schema of scenario files."""

from __future__ import annotations

import argparse
import json

from objtui.errors import EXIT_DONE


class SchemaCommand:
    """Prints the JSON Schema that editors check scenario files with."""

    name = "schema"
    help = "print the JSON Schema of scenario files, for editors"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Takes none."""

    def run(self, args: argparse.Namespace) -> int:
        """Print the schema."""
        from objtui.scenario.reference import scenario_json_schema

        print(json.dumps(scenario_json_schema(), indent=2, ensure_ascii=False))
        return EXIT_DONE
