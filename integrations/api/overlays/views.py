from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.flows.names import flow_id
from integrations.api.overlays import serializers as shapes
from integrations.api.resource import Resource
from integrations.telemetry import overlay as telemetry
from integrations.trials import way as trials


class Overlay(Resource):
    scopes = {"GET": "run.view"}

    @extend_schema(parameters=[shapes.OverlayQuery], responses=shapes.Overlay)
    def get(self, request: Request, flow: str) -> Response:
        """Count what happened at the steps of the version that runs, with its last runs.

        A step counts once for each run that passed it, however often it was computed again.
        """
        said = self.query(shapes.OverlayQuery)
        row_id = flow_id(self.by, flow)
        window = telemetry.window_of(said["window"])
        return self.give(shapes.Overlay, telemetry.overlay(self.by, row_id, window, number=said["version"]))


class RunWay(Resource):
    scopes = {"GET": "run.view"}

    @extend_schema(responses=shapes.Way)
    def get(self, request: Request, run: UUID) -> Response:
        """Follow a run through its flow: which steps it came to, and how each of them ended."""
        return self.give(shapes.Way, trials.way(self.by, run))
