"""The screens over the dashboard: help, the log, export, the questions it asks."""
