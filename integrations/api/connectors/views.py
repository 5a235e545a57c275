from operator import attrgetter

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.connectors import serializers as shapes
from integrations.api.fields import page_of
from integrations.api.resource import Resource
from integrations.connectors import loader
from integrations.errors import AccessError


class Connectors(Resource):
    scopes = {"GET": "connection.view"}

    @extend_schema(parameters=[shapes.ConnectorQuery], responses=page_of(shapes.ConnectorLine))
    def get(self, request: Request) -> Response:
        """List the connectors of the catalogue, by key."""
        page, query = self.asked("connectors", shapes.ConnectorQuery)
        after = page.after(str) or ""
        lines = (loader.headline(key) for key in loader.found() if key > after)
        found = [line for line in lines if query["category"] in ("", line.category)][: page.ask]
        return self.give_page(shapes.ConnectorLine, page, found, attrgetter("key"))


class OneConnector(Resource):
    scopes = {"GET": "connection.view"}

    @extend_schema(responses=shapes.ConnectorDetail)
    def get(self, request: Request, connector: str) -> Response:
        """Show a connector: what a connection needs, and its operations with their schemas."""
        if connector not in loader.found():
            raise AccessError
        told = shapes.told(loader.manifest(connector), loader.help_text(connector))
        return self.give(shapes.ConnectorDetail, told)
