from typing import Any

from rest_framework import serializers

from integrations.api.bodies import Shape


class UsageQuery(Shape):
    month = serializers.CharField(
        default="", allow_blank=True, max_length=7, help_text="Such as 2026-11; else this month."
    )


class FlowUsage(serializers.Serializer[Any]):
    flow_id = serializers.UUIDField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()


class DayUsage(serializers.Serializer[Any]):
    day = serializers.DateField()
    quantity = serializers.IntegerField()


class StatementLine(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    plan = serializers.CharField()
    plan_title = serializers.CharField()
    first = serializers.IntegerField()
    last = serializers.IntegerField()
    quantity = serializers.IntegerField()
    unit_price = serializers.CharField(help_text="A decimal number.")
    amount = serializers.CharField(help_text="A decimal number.")


class Usage(serializers.Serializer[Any]):
    first_day = serializers.DateField(source="month.first_day")
    plan = serializers.CharField(source="plan.key")
    plan_title = serializers.CharField(source="plan.title")
    quantity = serializers.IntegerField()
    lines = StatementLine(many=True)
    total = serializers.CharField(help_text="A decimal number, exact.")
    payable = serializers.CharField(help_text="A decimal number, in whole cents.")
    currency = serializers.CharField()
    per_flow = FlowUsage(many=True)
    per_day = DayUsage(many=True)
    forecast_quantity = serializers.IntegerField()
    forecast_payable = serializers.CharField(help_text="A decimal number.")
    limit = serializers.IntegerField(allow_null=True)
    used = serializers.IntegerField()
    remaining = serializers.IntegerField(allow_null=True)
    limit_at = serializers.DateTimeField(allow_null=True, help_text="When the limit will be used up.")
