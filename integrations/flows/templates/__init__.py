"""Whole flows to begin from: one folder each, found and read by `loader`, searched by `search`."""
