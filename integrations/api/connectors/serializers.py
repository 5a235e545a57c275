from typing import Any

from rest_framework import serializers

from integrations.api.fields import Json, ListQuery
from integrations.connectors.manifest import Manifest
from integrations.connectors.manifest.fields import value_schema


class ConnectorQuery(ListQuery):
    category = serializers.CharField(default="", allow_blank=True, max_length=60)


class ConnectorLine(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    category = serializers.CharField()
    summary = serializers.CharField()
    docs_url = serializers.URLField()


class FieldLine(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    help = serializers.CharField()
    is_required = serializers.BooleanField()
    example = serializers.CharField()
    options = serializers.ListField(child=serializers.CharField())


class OperationLine(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    summary = serializers.CharField()
    kind = serializers.CharField()
    method = serializers.CharField()
    path = serializers.CharField()
    params = serializers.SerializerMethodField(help_text="JSON Schema of path, query and header values.")
    body = Json(source="body_schema", help_text="JSON Schema of the body.")
    response = Json(source="response_schema", help_text="JSON Schema of a good answer.")

    def get_params(self, operation: Any) -> dict[str, Any]:  # noqa: ANN401  an Operation
        params = operation.params
        schema: dict[str, Any] = json_schema_of(params)
        return schema


class ConnectorDetail(ConnectorLine):
    help = serializers.CharField(help_text="Markdown.")
    config = FieldLine(many=True, help_text="What a connection needs to know.")
    secrets = FieldLine(many=True, help_text="What a connection keeps secret.")
    operations = OperationLine(many=True)


def json_schema_of(params: Any) -> dict[str, Any]:  # noqa: ANN401  a map of Params
    """Give one JSON Schema for all the values outside the body."""
    return {
        "type": "object",
        "properties": {
            name: value_schema(param) | {"x-in": param.location} for name, param in params.items()
        },
        "required": sorted(name for name, param in params.items() if param.required),
    }


def told(manifest: Manifest, help_text: str) -> dict[str, Any]:
    """Give what the page of a connector says."""
    return {
        "key": manifest.key,
        "title": manifest.title,
        "category": manifest.category,
        "summary": manifest.summary,
        "docs_url": manifest.docs_url,
        "help": help_text,
        "config": [_field(name, one) for name, one in manifest.config.items()],
        "secrets": [_field(name, one) for name, one in manifest.secrets.items()],
        "operations": manifest.operations,
    }


def _field(name: str, field: Any) -> dict[str, Any]:  # noqa: ANN401  a ConfigField or a SecretField
    return {
        "name": name,
        "title": field.title,
        "help": field.help,
        "is_required": getattr(field, "required", True),
        "example": field.example,
        "options": list(getattr(field, "options", ())),
    }
