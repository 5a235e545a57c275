"""The format CSV."""
