from typing import Any

from rest_framework import serializers

from integrations.api.bodies import Shape
from integrations.api.fields import Json, ListQuery, Moment, Seconds


class CauseQuery(Shape):
    flow = serializers.CharField(
        default="", allow_blank=True, max_length=120, help_text="Id, short name or name."
    )


class LetterQuery(ListQuery):
    flow = serializers.CharField(
        default="", allow_blank=True, max_length=120, help_text="Id, short name or name."
    )
    code = serializers.CharField(default=None, max_length=120, help_text="Error code.")
    step = serializers.CharField(default=None, max_length=63, help_text="Key of the step that failed.")
    destination = serializers.UUIDField(default=None)
    reason = serializers.CharField(default="", allow_blank=True, max_length=40)
    held = serializers.BooleanField(default=None, allow_null=True)
    since = Moment(default=None)
    until = Moment(default=None)


class Cause(serializers.Serializer[Any]):
    flow_id = serializers.UUIDField()
    flow_name = serializers.CharField()
    destination_id = serializers.UUIDField(allow_null=True)
    destination = serializers.CharField()
    connector = serializers.CharField()
    step = serializers.CharField()
    code = serializers.CharField()
    headline = serializers.CharField()
    advice = serializers.CharField()
    whose = serializers.CharField(help_text="Whose fault it is.")
    message = serializers.CharField()
    count = serializers.IntegerField()
    held = serializers.IntegerField()
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    soonest_expiry = serializers.DateTimeField(allow_null=True)
    expires_in_s = Seconds(source="expires_in", allow_null=True)
    filter = Json(source="selection.as_json", help_text="What replays exactly these.")


class CauseList(serializers.Serializer[Any]):
    items = Cause(many=True)


class Keep(Shape):
    hours = serializers.IntegerField(min_value=1, max_value=24 * 366)
