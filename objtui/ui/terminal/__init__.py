"""The terminal underneath: an application that gives it back, its driver, keyboard and output."""
