"""`objtui show SCENARIO`: one scenario with every default filled in."""

from __future__ import annotations

import argparse

from objtui.cli.arguments import add_scenario_arguments, scenario_from
from objtui.errors import EXIT_DONE, DataError


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
        from objtui.text.terminal import say
        from objtui.trainer.fitted import has_sizes_to_fit, with_fitted_sizes

        scenario = loaded.scenario
        if scenario.data.reads_files:
            print(f"# relative paths start at {str(loaded.base)!r}")
        if has_sizes_to_fit(scenario):
            try:
                scenario = with_fitted_sizes(scenario, loaded.base)
                say('# data.anchors.sizes = "auto": those below are fitted to the training boxes')
            except DataError as error:
                say(f"# data.anchors.sizes stay to be fitted: {'; '.join(error.lines())}")
        print(render_scenario(scenario), end="")
        return EXIT_DONE
