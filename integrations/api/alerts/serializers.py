from typing import Any

from rest_framework import serializers

from integrations.api.fields import Seconds


class AlertLine(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    flow_id = serializers.UUIDField()
    flow_name = serializers.CharField()
    destination_id = serializers.UUIDField(allow_null=True)
    destination = serializers.CharField()
    code = serializers.CharField()
    headline = serializers.CharField()
    message = serializers.CharField()
    count = serializers.IntegerField()
    last_run_id = serializers.UUIDField(allow_null=True)
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.CharField()
    remaining = serializers.IntegerField(help_text="Dead letters and runs in doubt that are still there.")
    expires_in_s = Seconds(source="expires_in", allow_null=True, help_text="Until the first of them expires.")


class AlertList(serializers.Serializer[Any]):
    items = AlertLine(many=True)
