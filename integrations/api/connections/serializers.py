from typing import Any

from rest_framework import serializers

from integrations.api.bodies import Shape
from integrations.api.fields import Json, Texts
from integrations.connectors.models import Connection, Mode, Status


class ConnectionLine(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    connector = serializers.CharField()
    name = serializers.CharField()
    mode = serializers.ChoiceField(choices=Mode.choices)
    config = Json()
    base_url = serializers.CharField(help_text="The only place where the credentials may go.")
    has_secrets = serializers.SerializerMethodField()
    status = serializers.ChoiceField(choices=Status.choices)
    detail = serializers.CharField(help_text="How the last test went, in words.")
    checked_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_has_secrets(self, connection: Connection) -> bool:
        return connection.status != Status.NO_SECRET


class NewConnection(Shape):
    connector = serializers.CharField(max_length=60)
    name = serializers.CharField(max_length=80)
    mode = serializers.ChoiceField(choices=Mode.choices, default=Mode.LIVE.value)
    config = Texts(default=dict)
    secrets = Texts(default=dict, help_text="Sealed at once, never shown again.")


class ConnectionChange(Shape):
    name = serializers.CharField(max_length=80, required=False)
    mode = serializers.ChoiceField(choices=Mode.choices, required=False)
    config = Texts(required=False)
    secrets = Texts(required=False, help_text="Needed again when the address changes.")


class Secrets(Shape):
    secrets = Texts(allow_empty=False, help_text="Sealed at once, never shown again.")


class AskedChoices(Shape):
    operation = serializers.CharField(max_length=100)
    field = serializers.CharField(
        max_length=200, help_text="Its part and path: `body.location_id`, or the parameter `query.status`."
    )
    refresh = serializers.BooleanField(default=False, help_text="Load it anew.")


class FieldChoice(serializers.Serializer[Any]):
    value = Json(help_text="Text or a whole number, as the service takes it.")
    title = serializers.CharField(source="label")


class ListedChoices(serializers.Serializer[Any]):
    state = serializers.CharField(help_text="loading, ready or failed.")
    items = FieldChoice(many=True)
    message = serializers.CharField(help_text="Why it failed, in words.")
