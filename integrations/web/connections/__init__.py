"""The pages of connections: catalogue, set-up, test."""
