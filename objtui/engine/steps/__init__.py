"""A training step: its batch, its gradient, the optimiser; plain, in blocks of rows, compiled."""
