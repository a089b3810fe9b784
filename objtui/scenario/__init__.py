"""Scenario files: their schema, how they are read, and the bundled ones."""
