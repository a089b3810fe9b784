"""Logits and targets that somebody already has: from their file to a run, without torch.

`given` reads the arrays that are named, `rows` makes logits and targets of them, `record` scores
them and writes the run.
"""
