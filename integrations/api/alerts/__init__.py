"""Alerts: what goes wrong, counted by cause."""
