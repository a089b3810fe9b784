"""What follows from recorded logit histograms alone, without torch or a terminal.

Panels show it; everyone else may compute it from the lines of `--json` as well.
"""
