"""Trying flows before they run: samples, pins, trials against the twins, cases, and shadow runs."""
