"""The format plain text by pattern."""
