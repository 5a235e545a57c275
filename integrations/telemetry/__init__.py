"""Latency sketches and live status."""
