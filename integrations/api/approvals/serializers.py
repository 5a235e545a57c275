from typing import Any

from rest_framework import serializers

from integrations.api.bodies import Shape
from integrations.desk.services.approvals import COMMENT_MAX, Decision


class ApprovalLine(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    flow_id = serializers.UUIDField()
    flow_name = serializers.CharField()
    run_id = serializers.UUIDField()
    step = serializers.CharField(help_text="Key of the step that asks.")
    title = serializers.CharField()
    state = serializers.CharField(
        help_text="open, approved, rejected, expired, or ended: the run was over before."
    )
    roles = serializers.ListField(child=serializers.CharField())
    people = serializers.ListField(child=serializers.CharField())
    asked_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    decided_by = serializers.CharField(help_text="Empty while nobody has decided.")
    decided_at = serializers.DateTimeField(allow_null=True)
    may_decide = serializers.BooleanField(source="is_mine")


class ApprovalList(serializers.Serializer[Any]):
    items = ApprovalLine(many=True)


class OneApproval(ApprovalLine):
    message = serializers.CharField(help_text="For those who may decide; empty for others.")
    shown = serializers.JSONField(allow_null=True, help_text="The data that the flow shows with it.")
    comment = serializers.CharField()


class Decided(Shape):
    decision = serializers.ChoiceField(choices=[str(one) for one in Decision])
    comment = serializers.CharField(default="", allow_blank=True, max_length=COMMENT_MAX)
