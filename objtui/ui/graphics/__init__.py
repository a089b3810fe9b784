"""Pictures in a terminal pixel by pixel, where it can: painting, its protocols, what it shows."""
