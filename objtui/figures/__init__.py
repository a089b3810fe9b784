"""Figures for papers and slides: every panel and view as a chart, drawn by matplotlib.

The one room that may import matplotlib, which is an optional extra; `write.py` says so in one
line where it is missing. Charts are functions in `charts/`, listed in `table.py`.
"""
