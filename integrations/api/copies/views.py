from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.copies import serializers as shapes
from integrations.api.fields import Nothing
from integrations.api.flows.names import flow_id, flow_named
from integrations.api.flows.serializers import FlowLine
from integrations.api.resource import Resource
from integrations.flows import services
from integrations.flows.inventory import Stead
from integrations.flows.references import Kind
from integrations.flows.services.copies import original
from integrations.tenants import queries as tenants
from integrations.vault.services import api_key_peppers


class References(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(responses=shapes.References)
    def get(self, request: Request, flow: str) -> Response:
        """List the connections, partners, tables and flows that the draft names."""
        found = original(self.by, flow_id(self.by, flow)).found
        return self.give(shapes.References, {"items": found})


class Copy(Resource):
    scopes = {"POST": "flow.view"}

    @extend_schema(request=shapes.NewCopy, responses={201: FlowLine})
    def post(self, request: Request, flow: str) -> Response:
        """Copy the draft, or a version, into another tenant, where it is a draft with the names given."""
        said = self.body(shapes.NewCopy)
        row_id = flow_named(self.by, flow).id
        into = tenants.api_key_actor(said["target_key"], peppers=api_key_peppers(), origin=self.by.origin)
        steads = [
            Stead(Kind(one["kind"]), one["name"], one["to"], one["make_twin"]) for one in said["steads"]
        ]
        made = services.copy_flow(
            by=self.by,
            flow_id=row_id,
            into=into,
            number=said["version"],
            steads=steads,
            replace_draft=said["replace_draft"],
        )
        return self.give(FlowLine, made, status=201)


class Duplicate(Resource):
    scopes = {"POST": "flow.edit"}

    @extend_schema(request=shapes.NewName, responses={201: FlowLine})
    def post(self, request: Request, flow: str) -> Response:
        """Make another flow of this tenant with the draft of this one."""
        said = self.body(shapes.NewName)
        made = services.duplicate_flow(by=self.by, flow_id=flow_id(self.by, flow), **said)
        return self.give(FlowLine, made, status=201)


class Archive(Resource):
    scopes = {"POST": "flow.edit"}

    @extend_schema(request=Nothing, responses=FlowLine)
    def post(self, request: Request, flow: str) -> Response:
        """Put a flow that is off away; lists leave it out, and nothing of it is lost."""
        self.body(Nothing)
        return self.give(FlowLine, services.archive_flow(by=self.by, flow_id=flow_id(self.by, flow)))


class Restore(Resource):
    scopes = {"POST": "flow.edit"}

    @extend_schema(request=Nothing, responses=FlowLine)
    def post(self, request: Request, flow: str) -> Response:
        """Take a flow out of the archive; it is still off."""
        self.body(Nothing)
        return self.give(FlowLine, services.restore_flow(by=self.by, flow_id=flow_id(self.by, flow)))
