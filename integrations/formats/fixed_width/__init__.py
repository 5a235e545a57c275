"""The format Fixed width."""
