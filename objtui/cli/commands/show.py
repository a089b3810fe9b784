"""`objtui show SCENARIO`: one scenario with every default filled in."""

from __future__ import annotations

import argparse

from objtui.cli.arguments import add_scenario_arguments, scenario_from
from objtui.errors import EXIT_DONE


class ShowCommand:
    """Prints a scenario as it would be run, as TOML that can be run."""

    name = "show"
    help = "print a scenario with every default filled in"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """SCENARIO and the options that change it."""
        add_scenario_arguments(parser)

    def run(self, args: argparse.Namespace) -> int:
        """Print the scenario; raises UsageError or ScenarioError."""
        loaded = scenario_from(args)
        from objtui.scenario.render import render_scenario

        if loaded.scenario.data.reads_files:
            print(f"# relative paths start at {str(loaded.base)!r}")
        print(render_scenario(loaded.scenario), end="")
        return EXIT_DONE
