"""Measures the product from outside: over HTTP and by the figures of the operating system, never by import."""
