"""Sweeps: many runs over a grid of settings, in a folder of their own with a small record.

`plan` says which cells there are, `record` keeps that, `driver` trains them through a pool of
trainers, `halving` says which are ended early, `cells` reads what they came to; the rest is made of
these.
"""
