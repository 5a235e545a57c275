"""The first page: how things are, and the demo."""
