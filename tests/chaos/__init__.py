"""Kills, freezes and starves real processes, then counts what is left."""
