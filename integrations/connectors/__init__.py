"""Manifests of other systems, the one outbound client with its egress guard, and the vendor twins."""
