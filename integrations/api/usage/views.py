from datetime import UTC, datetime

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.resource import Resource
from integrations.api.usage import serializers as shapes
from integrations.billing import queries


class Usage(Resource):
    scopes = {"GET": "usage.view"}

    @extend_schema(parameters=[shapes.UsageQuery], responses=shapes.Usage)
    def get(self, request: Request) -> Response:
        """Show the usage of a month and its statement, line by line."""
        month = self.query(shapes.UsageQuery)["month"] or f"{datetime.now(UTC):%Y-%m}"
        return self.give(shapes.Usage, queries.usage(self.by, month))
