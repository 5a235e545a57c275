"""Flows, their drafts, versions and addresses."""
