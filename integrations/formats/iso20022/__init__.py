"""The format ISO 20022."""
