"""A population: its layers, their start, its forward and backward pass, the exact twins."""
