"""The panel of curves: one score of every head over the steps or over time."""
