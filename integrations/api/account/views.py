from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import override

from integrations.api import schema
from integrations.api.account import serializers as shapes
from integrations.api.resource import ANY_KEY, PUBLIC, Resource
from integrations.errors import AccessError
from integrations.tenants import queries
from integrations.tenants.access import allowed


class Me(Resource):
    scopes = {"GET": ANY_KEY}

    @extend_schema(responses=shapes.Me)
    def get(self, request: Request) -> Response:
        """Show the key that was shown: its tenant and its scopes."""
        by = self.by
        tenant = queries.tenant(by) if allowed(by, "tenant.view") else None
        told = {"tenant": tenant, "key_id": by.id, "key_name": by.label, "scopes": sorted(by.scopes)}
        return self.give(shapes.Me, told)


class OpenApi(Resource):
    scopes = {"GET": PUBLIC}

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Give this API's description."""
        return Response(schema.document(), content_type="application/vnd.oai.openapi+json")


class Nowhere(Resource):
    """Every other address: the same 404, whoever asks."""

    @override
    def perform_authentication(self, request: Request) -> None:
        raise AccessError("api.no_address", "There is nothing at this address.")
