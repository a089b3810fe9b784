"""A run as text or JSON lines, from its run file alone."""
