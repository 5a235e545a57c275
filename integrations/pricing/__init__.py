"""Price plans and the arithmetic of graduated tiers. Pure."""
