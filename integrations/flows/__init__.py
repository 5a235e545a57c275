"""Drafts, published versions, hooks, and one module per kind of step."""
