"""Where sensitive values stand: what pages redact and what sealed flows tokenize."""

from integrations.connectors.manifest.fields import DataClass
from integrations.connectors.manifest.operations import Operation


def sensitive_paths(operation: Operation) -> dict[str, DataClass]:
    """Give the class of every sensitive place: ``body:order.email``, ``query:name``, ``response:id``."""
    found: dict[str, DataClass] = {}
    for name, param in operation.params.items():
        if param.sensitive:
            found[f"{param.location}:{name}"] = param.sensitive
    for side, fields in (("body", operation.body), ("response", operation.response)):
        for path, field in fields.items():
            if field.sensitive:
                found[f"{side}:{path}"] = field.sensitive
    return found
