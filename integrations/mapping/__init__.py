"""A mapping plan is data: typed rules from a source to a target, compiled to Python. Pure."""
