"""Runs as their readers see them: followed, kept in memory, compared. No terminal, no torch."""
