from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.api.fields import Nothing
from integrations.api.flows.serializers import FlowLine
from integrations.api.resource import Resource
from integrations.api.templates import serializers as shapes
from integrations.errors import AccessError
from integrations.flows.templates import gallery, loader
from integrations.trials.services.templates import try_template, use_template
from integrations.trials.telling import trial_json


class Templates(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(parameters=[shapes.TemplateQuery], responses=shapes.TemplateList)
    def get(self, request: Request) -> Response:
        """List the templates that fit, best first; all by title where nothing is asked."""
        asked = self.query(shapes.TemplateQuery)
        return self.give(shapes.TemplateList, {"items": gallery.find(asked["q"], asked["category"])})


class OneTemplate(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(responses=shapes.TemplateDetail)
    def get(self, request: Request, template: str) -> Response:
        """Show a template with its flow."""
        return self.give(shapes.TemplateDetail, loader.template(template))


class Sample(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, template: str) -> HttpResponse:
        """Give the sample document of a template, as its sender would send it."""
        content = loader.sample(template)
        if not content:
            raise AccessError
        return HttpResponse(content, content_type="application/octet-stream")


class Use(Resource):
    scopes = {"POST": "flow.edit"}

    @extend_schema(request=shapes.UseTemplate, responses={201: FlowLine})
    def post(self, request: Request, template: str) -> Response:
        """Make a flow from a template: a draft, with the connections, partners and tables it names.

        The key needs the scopes to make those too: to see and edit connections and partners.
        """
        said = self.body(shapes.UseTemplate)
        flow = use_template(
            by=self.by, key=template, name=said["name"], slug=said["slug"], chosen=said["connections"]
        )
        return self.give(FlowLine, flow, status=201)


class Try(Resource):
    scopes = {"POST": "flow.try"}

    @extend_schema(request=Nothing, responses=shapes.TrialOutcome)
    def post(self, request: Request, template: str) -> Response:
        """Run a template with its sample against the twins; nothing is made, nothing real is called."""
        self.body(Nothing)
        tried = try_template(by=self.by, key=template)
        return self.give(
            shapes.TrialOutcome, trial_json(tried.ground.flow, tried.made, is_plain=tried.is_plain)
        )
