"""Flows made again, beside themselves or in another environment, and put away."""
