"""`objtui scenarios`: the bundled scenarios, each with its question."""

from __future__ import annotations

import argparse

from objtui.errors import EXIT_DONE


class ScenariosCommand:
    """Lists the bundled scenarios, one a line, name first."""

    name = "scenarios"
    help = "list the bundled scenarios with their question"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Takes none."""

    def run(self, args: argparse.Namespace) -> int:
        """Print the list."""
        from objtui.scenario.bundled import bundled_questions
        from objtui.text.terminal import say

        bundled = bundled_questions()
        width = max((len(scenario.name) for scenario in bundled), default=0)
        for scenario in bundled:
            say(f"{scenario.name:<{width}}  {scenario.question or scenario.title}")
        return EXIT_DONE
