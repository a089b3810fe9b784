"""The measured reasons of the rules: a function each, which gives None where there is none."""
