from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from integrations import canonical
from integrations.api.fields import ListQuery, page_of
from integrations.api.resource import Resource
from integrations.api.schemas import serializers as shapes
from integrations.formats.imports import IMPORTS, importer
from integrations.schema.json_schema import to_json_schema


class Importers(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(responses=shapes.ImporterList)
    def get(self, request: Request) -> Response:
        """List the kinds of schemas that can be imported."""
        return self.give(shapes.ImporterList, {"items": list(IMPORTS.values())})


class ImportSchema(Resource):
    scopes = {"POST": "flow.try"}

    @extend_schema(request=shapes.AskedImport, responses=shapes.Imported)
    def post(self, request: Request) -> Response:
        """Read a schema file and give it as JSON Schema. Nothing is kept."""
        asked = self.body(shapes.AskedImport)
        way = importer(asked["kind"])
        choices = [{"choice": key, "title": title} for key, title in way.choices(asked["document"])]
        told: dict[str, Any] = {"title": way.title, "origin": "", "choices": choices, "json_schema": None}
        if asked["choice"] or not choices:
            schema = way.read(asked["document"], asked["choice"])
            told |= {"title": schema.title, "origin": schema.origin, "json_schema": to_json_schema(schema)}
        return self.give(shapes.Imported, told)


class CanonicalModels(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(parameters=[ListQuery], responses=page_of(shapes.CanonicalLine))
    def get(self, request: Request) -> Response:
        """List the canonical models, by name."""
        page, _ = self.asked("canonical")
        after = page.after(str) or ""
        names = [name for name in sorted(canonical.models()) if name > after][: page.ask]
        found = [{"model": name, "title": canonical.document(name)["title"]} for name in names]
        return self.give_page(shapes.CanonicalLine, page, found, lambda line: line["model"])


class CanonicalModel(Resource):
    scopes = {"GET": "flow.view"}

    @extend_schema(responses=shapes.CanonicalDetail)
    def get(self, request: Request, model: str) -> Response:
        """Show a canonical model as JSON Schema."""
        found = canonical.document(model)
        told = {"model": model, "title": found["title"], "version": str(found["x-7m-version"])}
        return self.give(shapes.CanonicalDetail, told | {"json_schema": found})
