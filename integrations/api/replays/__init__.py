"""Replays: ordered by a filter, watched, stopped."""
