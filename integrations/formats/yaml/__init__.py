"""The format YAML."""
