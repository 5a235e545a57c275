from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.comparisons import serializers as shapes
from integrations.api.flows.names import flow_id
from integrations.api.resource import Resource
from integrations.flows import queries


class Comparison(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(parameters=[shapes.CompareQuery], responses=shapes.Compared)
    def get(self, request: Request, flow: str) -> Response:
        """Compare two versions of a flow, or one with the draft, step by step."""
        said = self.query(shapes.CompareQuery)
        found = queries.compared(self.by, flow_id(self.by, flow), said["old"], said["new"])
        return self.give(shapes.Compared, found)
