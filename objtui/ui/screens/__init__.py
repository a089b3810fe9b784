"""The screens around the dashboard: the picker, help, the log and the quit question."""
