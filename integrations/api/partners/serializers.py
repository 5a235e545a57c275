from typing import Any

from rest_framework import serializers

from integrations.api.bodies import Shape
from integrations.api.fields import Json


class Partner(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    profile = Json(help_text="Format key → the options that this partner's documents need.")
    updated_at = serializers.DateTimeField()


class NewPartner(Shape):
    name = serializers.CharField(max_length=120)
    profile = Json(default=dict)


class TableLine(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    revision = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class Table(TableLine):
    rows = Json(help_text="Key → value.")


class NewTable(Shape):
    title = serializers.CharField(max_length=120)
    rows = Json()
    revision = serializers.IntegerField(
        required=False, help_text="The one that was changed; leave it out to replace whatever is there."
    )


class Counter(serializers.Serializer[Any]):
    name = serializers.CharField()
    last = serializers.IntegerField(help_text="The number given out last.")
    highest = serializers.IntegerField(help_text="After it the counter begins again at 1.")


class NewCounter(Shape):
    last = serializers.IntegerField(min_value=0)
    highest = serializers.IntegerField(default=999_999_999, min_value=1, max_value=10**18)
    reason = serializers.CharField(max_length=200)


class NumberLine(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    run_id = serializers.UUIDField(help_text="The run that took it.")
    allotted_at = serializers.DateTimeField()
    verdict = serializers.CharField(
        help_text="What its receiver said: accepted, rejected …; empty: nothing yet."
    )
    reason = serializers.CharField()
    settled_by = serializers.UUIDField(allow_null=True, help_text="The run that brought the acknowledgement.")
    settled_at = serializers.DateTimeField(allow_null=True)


class NumberList(serializers.Serializer[Any]):
    items = NumberLine(many=True)
