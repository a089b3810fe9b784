"""What a training loop of one's own hands over: counted where it lies, recorded as a run."""
