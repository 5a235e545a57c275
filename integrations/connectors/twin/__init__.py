"""Twins: local stand-ins of the connectors' services, made from their manifests alone."""
