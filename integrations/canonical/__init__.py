"""The canonical model: one JSON Schema per business object that connectors map to and from. Pure."""
