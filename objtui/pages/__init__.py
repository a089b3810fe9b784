"""A run as a page for a browser: one file with every view, and the same served live.

Such a page is a picture of a run file: it can be read, and nothing can be done to the run by it.
"""
