"""The public latency figures; no key needed."""
