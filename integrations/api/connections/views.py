from operator import attrgetter
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.connections import serializers as shapes
from integrations.api.fields import ListQuery, Nothing, page_of
from integrations.api.resource import Resource
from integrations.connectors import queries, services, tasks
from integrations.connectors.services import Wanted


class Connections(Resource):
    scopes = {"GET": "connection.view", "POST": "connection.edit"}

    @extend_schema(parameters=[ListQuery], responses=page_of(shapes.ConnectionLine))
    def get(self, request: Request) -> Response:
        """List connections, by name."""
        page, _ = self.asked("connections")
        found = queries.connections(self.by, after=page.after(str) or "", limit=page.ask)
        return self.give_page(shapes.ConnectionLine, page, found, attrgetter("name"))

    @extend_schema(request=shapes.NewConnection, responses={201: shapes.ConnectionLine})
    def post(self, request: Request) -> Response:
        """Make a connection; its secrets are sealed at once and never shown again."""
        said = self.body(shapes.NewConnection)
        connector = said.pop("connector")
        made = services.create_connection(by=self.by, connector=connector, wanted=Wanted(**said))
        return self.give(shapes.ConnectionLine, made, status=201)


class OneConnection(Resource):
    scopes = {"GET": "connection.view", "PATCH": "connection.edit", "DELETE": "connection.edit"}

    @extend_schema(responses=shapes.ConnectionLine)
    def get(self, request: Request, connection: UUID) -> Response:
        """Show a connection, and how its last test went."""
        return self.give(shapes.ConnectionLine, queries.connection(self.by, connection))

    @extend_schema(request=shapes.ConnectionChange, responses=shapes.ConnectionLine)
    def patch(self, request: Request, connection: UUID) -> Response:
        """Change a connection; another address clears its secrets unless new ones come with it."""
        said = self.body(shapes.ConnectionChange)
        row = queries.connection(self.by, connection)
        now = {"name": row.name, "mode": row.mode, "config": row.config, "secrets": {}}
        changed = services.update_connection(
            by=self.by, connection_id=connection, wanted=Wanted(**{**now, **said})
        )
        return self.give(shapes.ConnectionLine, changed)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, connection: UUID) -> Response:
        """Remove a connection with its secrets."""
        services.delete_connection(by=self.by, connection_id=connection)
        return Response(status=204)


class Secrets(Resource):
    scopes = {"PUT": "connection.edit"}

    @extend_schema(request=shapes.Secrets, responses=shapes.ConnectionLine)
    def put(self, request: Request, connection: UUID) -> Response:
        """Replace the secrets of a connection."""
        secrets = self.body(shapes.Secrets)["secrets"]
        row = queries.connection(self.by, connection)
        wanted = Wanted(row.name, row.mode, row.config, secrets)
        changed = services.update_connection(by=self.by, connection_id=connection, wanted=wanted)
        return self.give(shapes.ConnectionLine, changed)


class FieldChoices(Resource):
    scopes = {"POST": "connection.use"}

    @extend_schema(request=shapes.AskedChoices, responses=shapes.ListedChoices)
    def post(self, request: Request, connection: UUID) -> Response:
        """List what a field of an operation can be, as the service itself lists it.

        A worker asks it, because only it can open the secrets: while `state` is `loading`, ask again.
        What came is kept for ten minutes; `refresh` loads it anew.
        """
        asked = self.body(shapes.AskedChoices)
        found, is_wanted = services.ask_choices(by=self.by, connection_id=connection, **asked)
        if is_wanted:
            tenant_id = str(self.by.tenant_id)
            tasks.load_choices.delay(tenant_id, str(connection), asked["operation"], asked["field"])
        if found is None:
            return self.give(shapes.ListedChoices, {"state": "loading", "items": [], "message": ""})
        state = "failed" if found.message else "ready"
        return self.give(
            shapes.ListedChoices, {"state": state, "items": found.items, "message": found.message}
        )


class Check(Resource):
    scopes = {"POST": "connection.use"}

    @extend_schema(request=Nothing, responses={202: shapes.ConnectionLine})
    def post(self, request: Request, connection: UUID) -> Response:
        """Test a connection.

        A worker makes the call, because only it can open the secrets. Look at the connection until its status
        is no longer `checking`: then `status` and `detail` say how it went.
        """
        self.body(Nothing)
        row = services.begin_check(by=self.by, connection_id=connection)
        tasks.check.delay(str(row.tenant_id), str(row.id))
        return self.give(shapes.ConnectionLine, row, status=202)
