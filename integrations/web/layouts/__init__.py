"""The layout of a flat file, drawn over a sample: JSON for the builder's script."""
