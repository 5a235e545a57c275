from operator import attrgetter
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.fields import ListQuery, Nothing, page_of
from integrations.api.flows.names import chosen_flow
from integrations.api.replays import serializers as shapes
from integrations.api.resource import Resource
from integrations.desk.queries import replays as queries
from integrations.desk.selection import Selection
from integrations.desk.services import replays as services
from integrations.tenants.access import Actor


class Replays(Resource):
    scopes = {"GET": "dead_letter.view", "POST": "dead_letter.replay"}

    @extend_schema(parameters=[ListQuery], responses=page_of(shapes.Progress))
    def get(self, request: Request) -> Response:
        """List replays, newest first."""
        page, _ = self.asked("replays")
        found = queries.replays(self.by, before=page.after(UUID), limit=page.ask)
        return self.give_page(shapes.Progress, page, found, attrgetter("id"))

    @extend_schema(request=shapes.NewReplay, responses={202: shapes.Ordered, 200: shapes.Counted})
    def post(self, request: Request) -> Response:
        """Run dead letters again, chosen by a filter.

        Steps that finished are not done again. With `dry_run` nothing happens and the answer says what would.
        """
        said = self.body(shapes.NewReplay)
        chosen = selection(self.by, said.pop("filter"))
        if said.pop("dry_run"):
            return self.give(shapes.Counted, queries.count_chosen(self.by, chosen))
        return self.give(shapes.Ordered, services.start_replay(by=self.by, chosen=chosen, **said), status=202)


class OneReplay(Resource):
    scopes = {"GET": "dead_letter.view"}

    @extend_schema(responses=shapes.Progress)
    def get(self, request: Request, replay: UUID) -> Response:
        """Show how far a replay is."""
        return self.give(shapes.Progress, queries.replay(self.by, replay))


class Stop(Resource):
    scopes = {"POST": "dead_letter.replay"}

    @extend_schema(request=Nothing, responses={204: None})
    def post(self, request: Request, replay: UUID) -> Response:
        """Release no more of a replay; what was released goes on."""
        self.body(Nothing)
        services.stop_replay(by=self.by, replay_id=replay)
        return Response(status=204)


def selection(by: Actor, said: dict[str, Any]) -> Selection:
    """Read a filter; its flow may be named by id, short name or name."""
    ids = said.get("ids")
    return Selection(
        ids=tuple(ids) if ids else None,
        flow_id=chosen_flow(by, said.get("flow", "")),
        code=said.get("code"),
        step=said.get("step"),
        destination=said.get("destination"),
    )
