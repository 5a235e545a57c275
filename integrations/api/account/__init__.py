"""The key itself, the description of the API, and what is not there."""
