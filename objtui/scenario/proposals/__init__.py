"""Scenarios written for data that somebody has: what was seen of them, and the text."""
