"""Runs: found, shown without their values, cancelled, settled."""
