"""What is measured, and what follows from it, without torch or a terminal.

Frames with their scores and class-split logit histograms, and what those give by
themselves: percentiles, reliability, thresholds, spread over seeds.
"""
