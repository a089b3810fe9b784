"""The panel of dL/dz by class, and of the rows on which it has vanished."""
