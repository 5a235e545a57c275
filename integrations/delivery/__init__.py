"""Delivery decided, not done: states, retries, breakers, shaping and keys. Pure: time is an argument.

Modules: `states` (where a run may go), `retry` (what follows a failed attempt), `breaker` (whether a
destination may be called), `shaping` (how fast and how wide), `keys` (what stays the same over all
attempts).
"""
