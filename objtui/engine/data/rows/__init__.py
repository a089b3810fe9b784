"""Rows without a file: listed in the scenario, or drawn from a distribution."""
