"""The canonical model: one JSON Schema per business object that connectors map to and from. Pure."""

from integrations.canonical.models import document, model, models

__all__ = ["document", "model", "models"]
