from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.dead_letters import serializers as shapes
from integrations.api.fields import Nothing, OptionalReason, Reason, page_of
from integrations.api.flows.names import chosen_flow
from integrations.api.resource import Resource
from integrations.api.runs.serializers import RunLine
from integrations.desk.queries import dead_letters as queries
from integrations.desk.selection import Selection
from integrations.desk.services import runs as services


class DeadLetters(Resource):
    scopes = {"GET": "dead_letter.view"}

    @extend_schema(parameters=[shapes.LetterQuery], responses=page_of(RunLine))
    def get(self, request: Request) -> Response:
        """List dead letters, newest first."""
        page, query = self.asked("dead letters", shapes.LetterQuery)
        flow = chosen_flow(self.by, query.pop("flow"))
        chosen = Selection(None, flow, query.pop("code"), query.pop("step"), query.pop("destination"))
        where = queries.LetterFilter(chosen, **query)
        found = queries.dead_letters(self.by, where=where, before=page.after(UUID), limit=page.limit)
        return self.give_rows(RunLine, page, found.rows, found.next_before)


class Causes(Resource):
    scopes = {"GET": "dead_letter.view"}

    @extend_schema(parameters=[shapes.CauseQuery], responses=shapes.CauseList)
    def get(self, request: Request) -> Response:
        """List what dead letters died of, the commonest first, at most 200.

        The `filter` of a cause is what `POST /replays` takes to replay exactly these.
        """
        flow = chosen_flow(self.by, self.query(shapes.CauseQuery)["flow"])
        return self.give(shapes.CauseList, {"items": queries.causes(self.by, flow_id=flow)})


class Hold(Resource):
    scopes = {"POST": "dead_letter.edit"}

    @extend_schema(request=OptionalReason, responses={204: None})
    def post(self, request: Request, run: UUID) -> Response:
        """Keep a dead letter until it is let go."""
        services.hold(by=self.by, run_id=run, **self.body(OptionalReason))
        return Response(status=204)


class Unhold(Resource):
    scopes = {"POST": "dead_letter.edit"}

    @extend_schema(request=Nothing, responses={204: None})
    def post(self, request: Request, run: UUID) -> Response:
        """Let a dead letter expire again; at least a day is left to it."""
        self.body(Nothing)
        services.unhold(by=self.by, run_id=run)
        return Response(status=204)


class Keep(Resource):
    scopes = {"POST": "dead_letter.keep"}

    @extend_schema(request=shapes.Keep, responses={204: None})
    def post(self, request: Request, run: UUID) -> Response:
        """Keep a dead letter for so many hours from now."""
        services.extend_expiry(by=self.by, run_id=run, **self.body(shapes.Keep))
        return Response(status=204)


class Discard(Resource):
    scopes = {"POST": "dead_letter.edit"}

    @extend_schema(request=Reason, responses={204: None})
    def post(self, request: Request, run: UUID) -> Response:
        """Give up a dead letter for good."""
        services.discard(by=self.by, run_id=run, **self.body(Reason))
        return Response(status=204)
