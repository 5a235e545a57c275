"""Formats decode bytes into records and encode records back, streaming. Pure."""
