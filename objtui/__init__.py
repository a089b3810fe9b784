"""A terminal dashboard that trains BCE, CE and MSE objectness heads side by side."""

__version__ = "0.1.0"
