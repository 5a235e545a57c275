from typing import Any

from rest_framework import serializers

from integrations.api.bodies import Shape
from integrations.telemetry.windows import Window

WINDOWS = [str(window) for window in Window]


class StatusQuery(Shape):
    window = serializers.ChoiceField(choices=WINDOWS, default=str(Window.DAY))


class LatencyLine(serializers.Serializer[Any]):
    connector = serializers.CharField()
    title = serializers.CharField()
    operation = serializers.CharField()
    region = serializers.CharField()
    median_ms = serializers.FloatField()
    p95_ms = serializers.FloatField()
    p99_ms = serializers.FloatField()
    success_rate = serializers.FloatField(help_text="0 to 1.")
    samples = serializers.IntegerField()
    enough = serializers.BooleanField(help_text="False: too few samples for more than a hint.")


class Status(serializers.Serializer[Any]):
    window = serializers.ChoiceField(choices=WINDOWS)
    since = serializers.DateTimeField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)
    computed_at = serializers.DateTimeField(allow_null=True)
    own = LatencyLine(allow_null=True, help_text="7M's own time for a request, without the calls it made.")
    connectors = LatencyLine(many=True)
