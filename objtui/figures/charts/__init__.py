"""A kind of chart a file: what it shows and what it is drawn with, out of the measures."""
