from typing import Any

from rest_framework import serializers

from integrations.api.fields import ListQuery


class BatchQuery(ListQuery):
    flow = serializers.CharField(
        default="", allow_blank=True, max_length=120, help_text="Id, short name or name."
    )


class Reconciliation(serializers.Serializer[Any]):
    said = serializers.IntegerField(allow_null=True, help_text="Records, by the file's own trailer.")
    records = serializers.IntegerField(help_text="Records, as counted by 7M.")
    runs = serializers.IntegerField()
    delivered = serializers.IntegerField()
    waiting = serializers.IntegerField()
    in_doubt = serializers.IntegerField()
    failed = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    missing = serializers.IntegerField(help_text="Records without a run; 0 when all is right.")
    agrees = serializers.BooleanField(help_text="Every record is accounted for, as the trailer says.")
    is_settled = serializers.BooleanField(help_text="Nothing of it is on its way any more.")


class BatchLine(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    flow_id = serializers.UUIDField()
    flow_name = serializers.CharField()
    version = serializers.IntegerField(source="version_number")
    name = serializers.CharField()
    state = serializers.CharField()
    state_words = serializers.CharField()
    size_bytes = serializers.IntegerField()
    received_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    progress = serializers.FloatField(help_text="Share of the records that became runs, 0 to 1.")
    error_code = serializers.CharField()
    message = serializers.CharField()
    place = serializers.CharField()
    reconciliation = Reconciliation()
