"""A tenant's connections; their secrets go in and never come out."""
