"""Batches: uploaded files, and where each of their records is."""
