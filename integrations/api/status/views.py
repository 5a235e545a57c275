from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.resource import PUBLIC, Resource
from integrations.api.status import serializers as shapes
from integrations.telemetry import queries


class Status(Resource):
    scopes = {"GET": PUBLIC}

    @extend_schema(parameters=[shapes.StatusQuery], responses=shapes.Status)
    def get(self, request: Request) -> Response:
        """Show how fast 7M and the connectors are, over a window of time."""
        window = self.query(shapes.StatusQuery)["window"]
        found = queries.latency(window)
        told = {"since": found.since, "until": found.until, "computed_at": found.computed_at}
        own = queries.own_overhead(window)
        return self.give(shapes.Status, {**told, "window": window, "own": own, "connectors": found.rows})
