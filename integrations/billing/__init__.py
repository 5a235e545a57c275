"""Meters and the usage statement of a tenant."""
