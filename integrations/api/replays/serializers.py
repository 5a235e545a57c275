from typing import Any

from rest_framework import serializers

from integrations.api.bodies import Shape
from integrations.api.fields import Json
from integrations.desk.selection import MOST_IDS
from integrations.desk.services.replays import FASTEST_PER_S


class Filter(Shape):
    ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, allow_empty=False, max_length=MOST_IDS
    )
    flow = serializers.CharField(required=False, max_length=120, help_text="Id, short name or name.")
    code = serializers.CharField(required=False, max_length=120, help_text="Error code.")
    step = serializers.CharField(required=False, max_length=63, help_text="Key of the step that failed.")
    destination = serializers.UUIDField(required=False)


class NewReplay(Shape):
    filter = Filter(help_text="All conditions that are given must hold; none at all means every dead letter.")
    dry_run = serializers.BooleanField(default=False, help_text="Only count.")
    from_start = serializers.BooleanField(
        default=False, help_text="Make calls that finished again, where the destination knows their key."
    )
    current_version = serializers.BooleanField(
        default=False, help_text="With the version that the flow runs now, not the run's own."
    )
    pace_per_s = serializers.IntegerField(
        default=0, min_value=0, max_value=FASTEST_PER_S, help_text="0: as fast as there is room."
    )


class Counted(serializers.Serializer[Any]):
    ready = serializers.IntegerField()
    expired = serializers.IntegerField()
    others = serializers.IntegerField(help_text="In another state.")
    missing = serializers.IntegerField(help_text="No runs of this tenant.")


class Ordered(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.CharField()
    filter = Json(source="chosen")
    total = serializers.IntegerField()
    refused = serializers.IntegerField()
    from_start = serializers.BooleanField()
    current_version = serializers.BooleanField()
    pace_per_s = serializers.IntegerField()


class Progress(Ordered):
    asked_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    released = serializers.IntegerField(help_text="Handed to the workers so far.")
    succeeded = serializers.IntegerField()
    failed = serializers.IntegerField(help_text="Dead again, or in doubt.")
    running = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    elsewhere = serializers.IntegerField(help_text="Taken up by a later replay.")
    is_over = serializers.BooleanField()
    done_share = serializers.FloatField(help_text="0 to 1.")
