"""The format JSON."""
