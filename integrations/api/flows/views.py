from operator import attrgetter
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api import bodies
from integrations.api.fields import ListQuery, Nothing, page_of
from integrations.api.flows import serializers as shapes
from integrations.api.flows.names import flow_id, flow_named
from integrations.api.resource import Resource
from integrations.flows import queries, services
from integrations.flows.snapshots import from_json
from integrations.flows.yamlfile import FlowFile, write_flow
from integrations.schema.json_schema import to_json_schema


class Flows(Resource):
    scopes = {"GET": "flow.view", "POST": "flow.edit"}

    @extend_schema(parameters=[shapes.FlowQuery], responses=page_of(shapes.FlowLine))
    def get(self, request: Request) -> Response:
        """List flows, newest first; those in the archive apart."""
        page, said = self.asked("flows", shapes.FlowQuery)
        found = queries.flows(self.by, before=page.after(UUID), limit=page.ask, archived=said["archived"])
        return self.give_page(shapes.FlowLine, page, found, attrgetter("id"))

    @extend_schema(
        request={"application/json": shapes.NewFlow, "application/yaml": OpenApiTypes.STR},
        responses={201: shapes.FlowLine, 200: shapes.FlowLine},
    )
    def post(self, request: Request) -> Response:
        """Make a flow from a definition, or import a flow file.

        A YAML file that names the short name of a flow replaces that flow's draft, and the answer is 200.
        """
        if bodies.media_type(request) in bodies.YAML:
            flow = services.import_flow(by=self.by, text=bodies.read_text(request))
        else:
            flow = services.create_flow(by=self.by, **self.body(shapes.NewFlow))
        return self.give(shapes.FlowLine, flow, status=201 if flow.draft_revision == 1 else 200)


class OneFlow(Resource):
    scopes = {"GET": "flow.view", "PATCH": "flow.edit"}

    @extend_schema(responses=shapes.FlowLine)
    def get(self, request: Request, flow: str) -> Response:
        """Show a flow."""
        return self.give(shapes.FlowLine, flow_named(self.by, flow))

    @extend_schema(request=shapes.Name, responses=shapes.FlowLine)
    def patch(self, request: Request, flow: str) -> Response:
        """Rename a flow; its short name stays."""
        name = self.body(shapes.Name)["name"]
        changed = services.rename_flow(by=self.by, flow_id=flow_id(self.by, flow), name=name)
        return self.give(shapes.FlowLine, changed)


class Draft(Resource):
    scopes = {"GET": "flow.view", "PUT": "flow.edit"}

    @extend_schema(responses=shapes.Draft)
    def get(self, request: Request, flow: str) -> Response:
        """Show the draft and its revision."""
        return self.give(shapes.Draft, flow_named(self.by, flow))

    @extend_schema(request=shapes.NewDraft, responses=shapes.Draft)
    def put(self, request: Request, flow: str) -> Response:
        """Save the draft.

        Answers 409 when somebody else has saved since the revision that this one was made from.
        """
        saved = services.save_draft(by=self.by, flow_id=flow_id(self.by, flow), **self.body(shapes.NewDraft))
        return self.give(shapes.Draft, saved)


class Validation(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(responses=shapes.Validation)
    def get(self, request: Request, flow: str) -> Response:
        """Check the draft as publishing would, and say what would change."""
        return self.give(shapes.Validation, queries.draft_state(self.by, flow_id(self.by, flow)))


class StepScope(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(responses=shapes.StepScope)
    def get(self, request: Request, flow: str, step: str) -> Response:
        """Give what a step of the draft finds in its scope, as JSON Schema, as far as it is known."""
        found = queries.scope_at(self.by, flow_id(self.by, flow), step)
        return self.give(shapes.StepScope, {"json_schema": to_json_schema(found)})


class FlowYaml(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(responses={(200, "application/yaml"): OpenApiTypes.STR})
    def get(self, request: Request, flow: str) -> HttpResponse:
        """Export the draft as a flow file."""
        found = flow_named(self.by, flow)
        text = write_flow(FlowFile(found.name, found.slug, from_json(found.draft)))
        return HttpResponse(text, content_type="application/yaml; charset=utf-8")


class Publish(Resource):
    scopes = {"POST": "flow.publish"}

    @extend_schema(request=shapes.Comment, responses={201: shapes.VersionDetail})
    def post(self, request: Request, flow: str) -> Response:
        """Publish the draft as the next version; new runs use it at once."""
        said = self.body(shapes.Comment)
        version = services.publish(by=self.by, flow_id=flow_id(self.by, flow), **said)
        return self.give(shapes.VersionDetail, version, status=201)


class Rollback(Resource):
    scopes = {"POST": "flow.publish"}

    @extend_schema(request=shapes.Rollback, responses={201: shapes.VersionDetail})
    def post(self, request: Request, flow: str) -> Response:
        """Publish an old version again, as a new one."""
        said = self.body(shapes.Rollback)
        version = services.rollback(by=self.by, flow_id=flow_id(self.by, flow), **said)
        return self.give(shapes.VersionDetail, version, status=201)


class Versions(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(parameters=[ListQuery], responses=page_of(shapes.VersionLine))
    def get(self, request: Request, flow: str) -> Response:
        """List versions, newest first."""
        row_id = flow_id(self.by, flow)
        page, _ = self.asked(f"versions of {row_id}")
        found = queries.versions(self.by, row_id, before=page.after(int), limit=page.ask)
        return self.give_page(shapes.VersionLine, page, found, attrgetter("number"))


class OneVersion(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(responses=shapes.VersionDetail)
    def get(self, request: Request, flow: str, number: int) -> Response:
        """Show a version with its definition."""
        found = queries.version(self.by, flow_id(self.by, flow), number)
        return self.give(shapes.VersionDetail, found)


class Enable(Resource):
    scopes = {"POST": "flow.enable"}

    @extend_schema(request=Nothing, responses=shapes.FlowLine)
    def post(self, request: Request, flow: str) -> Response:
        """Switch a flow on."""
        self.body(Nothing)
        changed = services.set_enabled(by=self.by, flow_id=flow_id(self.by, flow), enabled=True)
        return self.give(shapes.FlowLine, changed)


class Disable(Resource):
    scopes = {"POST": "flow.enable"}

    @extend_schema(request=Nothing, responses=shapes.FlowLine)
    def post(self, request: Request, flow: str) -> Response:
        """Switch a flow off: its addresses refuse requests; runs that were accepted go on."""
        self.body(Nothing)
        changed = services.set_enabled(by=self.by, flow_id=flow_id(self.by, flow), enabled=False)
        return self.give(shapes.FlowLine, changed)


class Hooks(Resource):
    scopes = {"GET": "hook.view", "POST": "hook.edit"}

    @extend_schema(responses=shapes.HookList)
    def get(self, request: Request, flow: str) -> Response:
        """List the addresses of a flow, at most twenty."""
        return self.give(shapes.HookList, {"items": queries.hooks(self.by, flow_id(self.by, flow))})

    @extend_schema(request=shapes.NewHook, responses={201: shapes.HookLine})
    def post(self, request: Request, flow: str) -> Response:
        """Give the flow one more address."""
        secret = self.body(shapes.NewHook)["secret"]
        hook = services.create_hook(
            by=self.by, flow_id=flow_id(self.by, flow), secret=secret.encode() if secret else None
        )
        return self.give(shapes.HookLine, hook, status=201)


class OneHook(Resource):
    scopes = {"PATCH": "hook.edit"}

    @extend_schema(request=shapes.HookSwitch, responses=shapes.HookLine)
    def patch(self, request: Request, hook: UUID) -> Response:
        """Open or close an address."""
        said = self.body(shapes.HookSwitch)
        return self.give(shapes.HookLine, services.set_hook_enabled(by=self.by, hook_id=hook, **said))


class Verifier(Resource):
    scopes = {"PUT": "hook.edit", "DELETE": "hook.edit"}

    @extend_schema(request=shapes.Verifier, responses=shapes.HookLine)
    def put(self, request: Request, hook: UUID) -> Response:
        """Set the secret that the vendor signs its messages with."""
        said = self.body(shapes.Verifier)
        secret = said.pop("secret").encode()
        return self.give(
            shapes.HookLine, services.set_verifier(by=self.by, hook_id=hook, secret=secret, **said)
        )

    @extend_schema(responses={204: None})
    def delete(self, request: Request, hook: UUID) -> Response:
        """Remove the secret; an address whose trigger asks for a signature is closed without one."""
        services.set_verifier(by=self.by, hook_id=hook, secret=None)
        return Response(status=204)
