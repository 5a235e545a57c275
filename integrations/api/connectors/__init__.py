"""The catalogue of connectors."""
