"""Scores and histograms of every member, from logits."""
