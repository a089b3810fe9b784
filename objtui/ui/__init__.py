"""The dashboard, the only place for textual, rich and plotext: a reader of run files."""
