from typing import Any

from rest_framework import serializers

from integrations.api.bodies import Shape
from integrations.api.flows.serializers import REVISION_MAX
from integrations.flows.references import Kind

KINDS = [str(kind) for kind in Kind]


class NewStead(Shape):
    what = serializers.ChoiceField(choices=KINDS, source="kind")
    name = serializers.CharField(max_length=200, help_text="As the flow names it.")
    to = serializers.CharField(
        max_length=200, default="", allow_blank=True, help_text="What stands for it there."
    )
    make_twin = serializers.BooleanField(
        default=False, help_text="Make a connection to the connector's twin in its place."
    )


class NewCopy(Shape):
    target_key = serializers.CharField(
        max_length=200, help_text="An API key of the other tenant with the scope flow.edit. It is not kept."
    )
    version = serializers.IntegerField(
        min_value=1, max_value=REVISION_MAX, default=None, allow_null=True, help_text="Default: the draft."
    )
    steads = NewStead(many=True, default=list)
    replace_draft = serializers.BooleanField(
        default=True, help_text="Replace the draft of the flow of the same short name there."
    )


class NewName(Shape):
    name = serializers.CharField(max_length=120, default="", allow_blank=True)


class ReferenceLine(serializers.Serializer[Any]):
    what = serializers.ChoiceField(choices=KINDS, source="kind")
    name = serializers.CharField()
    connector = serializers.CharField()
    steps = serializers.ListField(child=serializers.CharField())


class References(serializers.Serializer[Any]):
    items = ReferenceLine(many=True)
