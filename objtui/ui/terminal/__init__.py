"""The terminal underneath: an application that gives it back, its driver, its output."""
