"""Templates: found, read, and made into flows."""
