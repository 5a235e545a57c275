"""Trying a flow from the builder: JSON for its script."""
