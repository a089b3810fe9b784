"""The dashboard of a sweep: its cells as a table, and how a score goes over its factors."""
