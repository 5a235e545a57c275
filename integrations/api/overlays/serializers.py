from typing import Any

from rest_framework import serializers

from integrations.api.bodies import Shape
from integrations.api.fields import StateName
from integrations.api.flows.serializers import REVISION_MAX
from integrations.telemetry.overlay import Window


class OverlayQuery(Shape):
    window = serializers.ChoiceField(choices=[str(window) for window in Window], default=str(Window.HOUR))
    version = serializers.IntegerField(
        min_value=1, max_value=REVISION_MAX, default=None, help_text="Default: the version that runs."
    )


class StepError(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    at = serializers.DateTimeField()


class StepCounts(serializers.Serializer[Any]):
    runs = serializers.IntegerField(help_text="How often the step was done, failures included.")
    failed = serializers.IntegerField(help_text="By its error port, or as the end of the run.")
    dead = serializers.IntegerField(help_text="Dead letters that stand here now, of any version.")
    in_doubt = serializers.IntegerField()
    waiting = serializers.IntegerField()
    per_minute = serializers.FloatField(help_text="Runs a minute over the window.")
    p50_ms = serializers.FloatField(allow_null=True, help_text="Of the calls that the step makes.")
    p95_ms = serializers.FloatField(allow_null=True)
    ports = serializers.DictField(child=serializers.IntegerField(), help_text="By which port it was left.")
    last_error = StepError(allow_null=True)


class LatestRun(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = StateName()
    accepted_at = serializers.DateTimeField()
    ms = serializers.FloatField(allow_null=True, help_text="From acceptance to the end.")
    failed_step = serializers.CharField(allow_blank=True)


class Overlay(serializers.Serializer[Any]):
    version = serializers.IntegerField(allow_null=True)
    window = serializers.CharField()
    since = serializers.DateTimeField(help_text="From when on is counted.")
    cursor = serializers.DateTimeField(help_text="When this was read.")
    steps = serializers.DictField(child=StepCounts())
    runs = LatestRun(many=True)


class WayError(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()


class Passed(serializers.Serializer[Any]):
    key = serializers.CharField()
    iteration = serializers.CharField(help_text="Index in each loop around it, by points.")
    state = serializers.CharField(
        help_text="ok, failed, waiting, running, in_doubt, not_reached or not_known."
    )
    port = serializers.CharField(help_text="By which it was left.")
    ms = serializers.FloatField(allow_null=True, help_text="Of its calls.")
    attempts = serializers.IntegerField()
    error = WayError(allow_null=True)


class Way(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="run.run.id")
    state = StateName(source="run.run.state")
    version = serializers.IntegerField(source="run.run.version_number")
    complete = serializers.BooleanField(
        source="is_whole", help_text="Without its document only the calls of a run are known."
    )
    steps = Passed(many=True)
