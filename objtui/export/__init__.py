"""Runs written out for other programs: a writer a file, one place to choose among them."""
