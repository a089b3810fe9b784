"""Runs and sweeps as pages for a browser: one file with every view; that of a run served live, too.

Such a page is a picture of files: it can be read, and nothing can be done to them by it.
"""
