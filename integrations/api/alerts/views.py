from operator import attrgetter
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.alerts import serializers as shapes
from integrations.api.fields import ListQuery, Nothing, page_of
from integrations.api.resource import Resource
from integrations.desk.queries import alerts as queries
from integrations.desk.services import alerts as services


class Alerts(Resource):
    scopes = {"GET": "alert.view"}

    @extend_schema(responses=shapes.AlertList)
    def get(self, request: Request) -> Response:
        """List open alerts, at most 200."""
        return self.give(shapes.AlertList, {"items": queries.open_alerts(self.by)})


class ClosedAlerts(Resource):
    scopes = {"GET": "alert.view"}

    @extend_schema(parameters=[ListQuery], responses=page_of(shapes.AlertLine))
    def get(self, request: Request) -> Response:
        """List closed alerts, newest first."""
        page, _ = self.asked("closed alerts")
        found = queries.closed_alerts(self.by, before=page.after(UUID), limit=page.ask)
        return self.give_page(shapes.AlertLine, page, found, attrgetter("id"))


class OneAlert(Resource):
    scopes = {"GET": "alert.view"}

    @extend_schema(responses=shapes.AlertLine)
    def get(self, request: Request, alert: UUID) -> Response:
        """Show an alert."""
        return self.give(shapes.AlertLine, queries.alert(self.by, alert))


class Acknowledge(Resource):
    scopes = {"POST": "alert.edit"}

    @extend_schema(request=Nothing, responses={204: None})
    def post(self, request: Request, alert: UUID) -> Response:
        """Say that somebody looks into it: its digests end, warnings before expiry go on."""
        self.body(Nothing)
        services.acknowledge(by=self.by, alert_id=alert)
        return Response(status=204)


class Close(Resource):
    scopes = {"POST": "alert.edit"}

    @extend_schema(request=Nothing, responses={204: None})
    def post(self, request: Request, alert: UUID) -> Response:
        """Close an alert; the next failure of its cause opens a new one."""
        self.body(Nothing)
        services.close(by=self.by, alert_id=alert)
        return Response(status=204)
