"""What belongs to no page in particular: the way in, changing the tenant."""
