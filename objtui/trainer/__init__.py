"""The process that trains a run: its start, its loop, its log, its end."""
