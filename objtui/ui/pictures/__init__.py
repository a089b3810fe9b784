"""A screen as a picture: lines of cells, SVG, PNG."""
