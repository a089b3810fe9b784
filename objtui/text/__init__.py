"""Words, numbers and what a terminal can show: text for people, with nothing of runs in it."""
