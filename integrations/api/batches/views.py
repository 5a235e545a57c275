from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.batches import serializers as shapes
from integrations.api.fields import page_of
from integrations.api.flows.names import chosen_flow
from integrations.api.resource import Resource
from integrations.desk.queries import batches as queries


class Batches(Resource):
    scopes = {"GET": "batch.view"}

    @extend_schema(parameters=[shapes.BatchQuery], responses=page_of(shapes.BatchLine))
    def get(self, request: Request) -> Response:
        """List uploaded files, newest first."""
        page, query = self.asked("batches", shapes.BatchQuery)
        flow = chosen_flow(self.by, query["flow"])
        found = queries.batches(self.by, flow_id=flow, before=page.after(UUID), limit=page.limit)
        return self.give_rows(shapes.BatchLine, page, found.rows, found.next_before)


class OneBatch(Resource):
    scopes = {"GET": "batch.view"}

    @extend_schema(responses=shapes.BatchLine)
    def get(self, request: Request, batch: UUID) -> Response:
        """Show a file and where each of its records is."""
        return self.give(shapes.BatchLine, queries.batch(self.by, batch))
