"""The run file: one SQLite file that trainer and readers share."""
