from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.fields import OptionalReason, page_of
from integrations.api.flows.names import chosen_flow
from integrations.api.resource import Resource
from integrations.api.runs import serializers as shapes
from integrations.desk.queries import documents
from integrations.desk.queries import runs as queries
from integrations.desk.services import runs as services


class Runs(Resource):
    scopes = {"GET": "run.view"}

    @extend_schema(parameters=[shapes.RunQuery], responses=page_of(shapes.RunLine))
    def get(self, request: Request) -> Response:
        """List runs, newest first."""
        page, query = self.asked("runs", shapes.RunQuery)
        where = queries.RunFilter(
            flow_id=chosen_flow(self.by, query["flow"]),
            states=query["state"] or (),
            since=query["since"],
            until=query["until"],
            batch_id=query["batch"],
            replay_id=query["replay"],
            search=query["search"],
        )
        found = queries.runs(self.by, where=where, before=page.after(UUID), limit=page.limit)
        return self.give_rows(shapes.RunLine, page, found.rows, found.next_before)


class OneRun(Resource):
    scopes = {"GET": "run.view"}

    @extend_schema(responses=shapes.RunDetail)
    def get(self, request: Request, run: UUID) -> Response:
        """Show a run: its steps, their attempts, and what to do where it failed."""
        return self.give(shapes.RunDetail, queries.run(self.by, run))


class Document(Resource):
    scopes = {"GET": "run.view"}

    @extend_schema(responses=shapes.DocumentView)
    def get(self, request: Request, run: UUID, what: str) -> Response:
        """Show how a document of a run is built, without its values."""
        return self.give(shapes.DocumentView, documents.document(self.by, run, what))


class Exchange(Resource):
    scopes = {"GET": "run.view"}

    @extend_schema(responses=shapes.ExchangeView)
    def get(self, request: Request, run: UUID, ordinal: int) -> Response:
        """Show request and answer of an attempt, without their values."""
        return self.give(shapes.ExchangeView, documents.exchange(self.by, run, ordinal))


class Cancel(Resource):
    scopes = {"POST": "run.cancel"}

    @extend_schema(request=OptionalReason, responses=shapes.StateNow)
    def post(self, request: Request, run: UUID) -> Response:
        """Cancel a run; one that is running stops before its next step."""
        state = services.cancel(by=self.by, run_id=run, **self.body(OptionalReason))
        return self.give(shapes.StateNow, {"state": state})


class Resolve(Resource):
    scopes = {"POST": "run.resolve"}

    @extend_schema(request=shapes.Resolution, responses=shapes.StateNow)
    def post(self, request: Request, run: UUID) -> Response:
        """Settle a run in doubt, after a look at the destination."""
        said = self.body(shapes.Resolution)
        verdict = services.Verdict(said["verdict"])
        state = services.resolve(by=self.by, run_id=run, verdict=verdict, reason=said["reason"])
        return self.give(shapes.StateNow, {"state": state})
