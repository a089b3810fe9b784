"""Training and measuring all members at once: the only place for torch."""
