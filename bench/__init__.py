"""Measures the product from outside: over HTTP and by the operating system's figures, never by import."""
