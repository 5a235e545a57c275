"""The public page of latency."""
