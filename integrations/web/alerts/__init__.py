"""The pages of alerts and where they go."""
