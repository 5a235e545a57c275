from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from integrations.api.bodies import Shape


class CompareQuery(Shape):
    old = serializers.CharField(
        max_length=10, default="", help_text="Number of a version, or `draft`. Default: the one that runs."
    )
    new = serializers.CharField(max_length=10, default="", help_text="The same. Default: the draft.")


class Side(serializers.Serializer[Any]):
    name = serializers.CharField()
    number = serializers.IntegerField(allow_null=True)


class FieldChange(serializers.Serializer[Any]):
    name = serializers.CharField(source="label", help_text="Title of the setting.")
    place = serializers.CharField()
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)


class RuleChange(serializers.Serializer[Any]):
    target = serializers.CharField()
    change = serializers.CharField(source="kind", allow_null=True)
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)


class PlanChange(serializers.Serializer[Any]):
    name = serializers.CharField(source="label", help_text="Title of the setting.")
    place = serializers.CharField()
    sentences = serializers.ListField(child=serializers.CharField())
    rules = RuleChange(many=True)


class StepChange(serializers.Serializer[Any]):
    key = serializers.CharField()
    change = serializers.CharField(source="kind", help_text="added, removed, changed or moved.")
    step_kind = serializers.CharField()
    title = serializers.CharField()
    old_title = serializers.CharField()
    settings = FieldChange(many=True, source="fields")
    plans = PlanChange(many=True)


class EdgeChange(serializers.Serializer[Any]):
    change = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field of this name, not its option
    port = serializers.CharField()
    target = serializers.CharField()


class Compared(serializers.Serializer[Any]):
    old = Side()
    new = Side()
    same = serializers.BooleanField(source="found.is_same")
    steps = StepChange(many=True, source="found.steps")
    edges = serializers.SerializerMethodField()
    settings = FieldChange(many=True, source="found.settings")

    @extend_schema_field(EdgeChange(many=True))
    def get_edges(self, compared: Any) -> list[dict[str, str]]:  # noqa: ANN401  queries.Compared
        return [
            {"change": kind, "source": edge.source, "port": edge.port, "target": edge.target}
            for kind, edge in compared.found.edges
        ]
