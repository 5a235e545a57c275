"""JSON Schema in and out: draft 4 to 2020-12 and OpenAPI's dialects are read, 2020-12 is written."""

from integrations.schema.json_schema.reading import from_json_schema, read_json_schema
from integrations.schema.json_schema.writing import to_json_schema

__all__ = ["from_json_schema", "read_json_schema", "to_json_schema"]
