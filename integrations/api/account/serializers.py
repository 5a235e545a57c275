from typing import Any

from rest_framework import serializers


class TenantLine(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField()


class Me(serializers.Serializer[Any]):
    tenant = TenantLine(allow_null=True, help_text="Null without the scope tenant.view.")
    key_id = serializers.UUIDField()
    key_name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
