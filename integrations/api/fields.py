"""Shapes and fields that many resources share."""

from functools import cache
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from typing_extensions import override

from integrations.api.bodies import Shape
from integrations.api.paging import DEFAULT, MOST
from integrations.delivery.states import State

FIRST_YEAR, LAST_YEAR = 2000, 9000


@extend_schema_field(OpenApiTypes.OBJECT)
class Json(serializers.Field[Any, Any, Any, Any]):
    """An object of any members; numbers stay exact."""

    @override
    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise ValidationError("This must be an object.")
        return data

    @override
    def to_representation(self, value: Any) -> Any:
        return value


class Texts(serializers.DictField):
    """Names and texts."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  the framework's
        super().__init__(child=serializers.CharField(allow_blank=True, max_length=10_000), **options)


class ListQuery(Shape):
    cursor = serializers.CharField(
        default="", allow_blank=True, help_text="The `next` of the page before; leave it out to begin."
    )
    limit = serializers.IntegerField(
        default=DEFAULT, min_value=1, max_value=MOST, help_text="Items on a page."
    )


class Nothing(Shape):
    """A body without members: `{}` or empty."""


class ProblemLine(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Stable, for programs.")
    message = serializers.CharField()
    place = serializers.CharField(help_text="Step and field, or line.")
    hint = serializers.CharField()
    severity = serializers.ChoiceField(choices=["error", "warning", "info"])


@cache
def page_of(shape: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """Describe a page of a list."""
    name = f"{shape.__name__}Page"
    fields: dict[str, serializers.Field[Any, Any, Any, Any]] = {
        "items": shape(many=True),
        "next": serializers.CharField(
            allow_null=True, help_text="Cursor of the next page; null on the last."
        ),
    }
    return inline_serializer(name, fields)


@extend_schema_field({"type": "string", "enum": [state.name.lower() for state in State]})
class StateName(serializers.Field[Any, Any, Any, Any]):
    """The state of a run as a word: ``in_doubt``."""

    @override
    def to_representation(self, value: Any) -> str:
        return State(value).name.lower()


@extend_schema_field(OpenApiTypes.DOUBLE)
class Seconds(serializers.Field[Any, Any, Any, Any]):
    """A duration."""

    @override
    def to_representation(self, value: Any) -> float:
        seconds: float = value.total_seconds()
        return round(seconds, 3)


class Moment(serializers.DateTimeField):
    """An instant that can be the time of a run."""

    @override
    def to_internal_value(self, value: Any) -> Any:
        read = super().to_internal_value(value)
        if not FIRST_YEAR <= read.year <= LAST_YEAR:
            raise ValidationError(f"The year is {FIRST_YEAR} to {LAST_YEAR}.")
        return read


class Reason(Shape):
    reason = serializers.CharField(max_length=500, help_text="Kept in the audit trail.")


class OptionalReason(Shape):
    reason = serializers.CharField(
        max_length=500, default="", allow_blank=True, help_text="Kept in the audit trail."
    )
