"""Recorders for frameworks: one file each, which imports its framework when it is named."""
