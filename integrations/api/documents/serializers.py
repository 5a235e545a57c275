import base64
import binascii
from typing import Any, Final

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from typing_extensions import override

from integrations.api.bodies import Shape
from integrations.api.fields import Json, ProblemLine

MOST_RECORDS: Final = 1_000


class FormatLine(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    media_types = serializers.ListField(child=serializers.CharField())
    extensions = serializers.ListField(child=serializers.CharField())
    free = serializers.CharField(help_text="What reading and writing again may change.")


class FormatDetail(FormatLine):
    options = Json(help_text="JSON Schema of the options.")
    help = serializers.CharField(help_text="Markdown.")


class GivenDocument(Shape):
    text = serializers.CharField(
        default="", allow_blank=True, trim_whitespace=False, help_text="The document, where it is UTF-8."
    )
    base64 = serializers.CharField(default="", allow_blank=True, help_text="Or its bytes in base64.")

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["text"] and attrs["base64"]:
            raise ValidationError({"base64": ["Give the document once: as text or in base64."]})
        try:
            attrs["document"] = (
                base64.b64decode(attrs.pop("base64"), validate=True) or attrs.pop("text").encode()
            )
        except binascii.Error:
            raise ValidationError({"base64": ["This is not base64."]}) from None
        return attrs


class Guess(serializers.Serializer[Any]):
    format = serializers.CharField()
    title = serializers.CharField()
    confidence = serializers.FloatField(help_text="From 0 to 1.")
    message = serializers.CharField(help_text="The type of message in words, where there is one.")
    encoding = serializers.CharField()
    options = Json(help_text="Enough of the format's options to read the document.")


class Guesses(serializers.Serializer[Any]):
    guesses = Guess(many=True)


class AskedRead(GivenDocument):
    format = serializers.CharField(
        default="", allow_blank=True, help_text="Empty: it is recognised, and refused where that is not sure."
    )
    options = Json(default=dict, help_text="Options of the format, over those that were recognised.")
    most = serializers.IntegerField(
        default=50, min_value=1, max_value=MOST_RECORDS, help_text="Records and parts to answer with."
    )


class Mark(serializers.Serializer[Any]):
    depth = serializers.IntegerField()
    name = serializers.CharField(source="label", help_text="What the format calls it.")
    title = serializers.CharField()
    offset = serializers.IntegerField(help_text="Bytes from the beginning.")
    length = serializers.IntegerField()
    text = serializers.CharField(help_text="The part as it stands, at most 200 characters.")


class ReadAnswer(serializers.Serializer[Any]):
    format = serializers.CharField()
    options = Json()
    records = serializers.ListField(child=Json())
    problems = ProblemLine(many=True)
    parts = Mark(many=True)
    is_cut = serializers.BooleanField(help_text="There is more than was asked for.")


class AskedTranslation(GivenDocument):
    format = serializers.CharField(default="", allow_blank=True, help_text="Empty: it is recognised.")
    options = Json(default=dict)
    to = serializers.CharField(help_text="The format to write.")
    to_options = Json(default=dict)
    plan = Json(default=dict, help_text="A mapping plan that each record goes through.")
    lenient = serializers.BooleanField(default=False, help_text="Leave out wrong records and go on.")


class Translated(serializers.Serializer[Any]):
    text = serializers.CharField(help_text="The document made, where it is UTF-8; else empty.")
    base64 = serializers.CharField(help_text="Its bytes, where they are not UTF-8; else empty.")
    media_type = serializers.CharField()
    problems = ProblemLine(many=True, help_text="Of the records that were left out.")
