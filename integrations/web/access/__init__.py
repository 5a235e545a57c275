"""The pages of who may do what: API keys and members."""
