"""What is said of schemas: files of them, their ways in, and the canonical models."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from typing_extensions import override

from integrations.api.bodies import Shape
from integrations.api.documents.serializers import GivenDocument
from integrations.api.fields import Json
from integrations.canonical import model
from integrations.errors import ConfigError
from integrations.flows.documents import record_schema
from integrations.formats.codec import parse_options
from integrations.formats.registry import codec
from integrations.schema.json_schema import from_json_schema
from integrations.schema.model import Schema


class Importer(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="What `schemas/import` takes as `kind`.")
    title = serializers.CharField()
    takes = serializers.CharField(help_text="Which file, in words.")
    extensions = serializers.ListField(child=serializers.CharField())


class ImporterList(serializers.Serializer[Any]):
    items = Importer(many=True)


class AskedImport(GivenDocument):
    kind = serializers.CharField(help_text="json_schema, openapi, xsd, copybook …")
    choice = serializers.CharField(
        default="", allow_blank=True, help_text="Which of the schemas in the file; see `choices`."
    )


class Choice(serializers.Serializer[Any]):
    choice = serializers.CharField()
    title = serializers.CharField()


class Imported(serializers.Serializer[Any]):
    title = serializers.CharField()
    origin = serializers.CharField()
    choices = Choice(many=True, help_text="The schemas in the file, where it holds several.")
    json_schema = Json(allow_null=True, help_text="Null where one of several has to be chosen first.")


class CanonicalLine(serializers.Serializer[Any]):
    model = serializers.CharField()
    title = serializers.CharField()


class CanonicalDetail(CanonicalLine):
    version = serializers.CharField(help_text="Raised by a change that would break a mapping.")
    json_schema = Json()


class GivenSchema(Shape):
    json_schema = Json(required=False)
    format = serializers.CharField(required=False, help_text="A format whose options say what is in it.")
    options = Json(required=False, help_text="Of the format: message, release, columns …")
    canonical = serializers.CharField(required=False, help_text="The name of a canonical model.")

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs.keys() & {"json_schema", "format", "canonical"}) != 1:
            raise ValidationError("Give one of json_schema, format and canonical.")
        if "options" in attrs and "format" not in attrs:
            raise ValidationError({"options": ["Only a format has options."]})
        return attrs


def schema_of(said: Mapping[str, Any]) -> Schema:
    """Give the schema that a `GivenSchema` names. Raises ConfigError, InputError."""
    if "json_schema" in said:
        return from_json_schema(said["json_schema"])
    if "canonical" in said:
        return model(said["canonical"])
    form, options = codec(said["format"]), said.get("options", {})
    parse_options(form, options)
    found = record_schema(form.key, options)
    if found is None:
        raise ConfigError(
            "schema.not_known",
            "With these options the format does not say what is in its records.",
            hint="Name the message and its release in the options, or give a JSON Schema.",
        )
    return found
