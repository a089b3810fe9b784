"""The table of scores: a row a head, a column a score."""
