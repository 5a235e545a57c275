"""The field mapper: its page for one step, and the JSON that its script asks for."""
