"""The panels: what each draws is a pure function of the run, the view and its size."""
