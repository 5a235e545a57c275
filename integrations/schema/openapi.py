"""OpenAPI 3.0, 3.1 and Swagger 2: the operations of an API, and what each takes and gives, as Schema.

References must stay inside the document. A choice names one part of one operation, as the list of operations
gives it: ``POST /orders request``, ``GET /orders/{id} response 200``, ``GET /orders parameters``; or a named
schema: ``schema Order``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from integrations.errors import ConfigError
from integrations.schema.documents import Json, load_object
from integrations.schema.json_schema.flat import Spot
from integrations.schema.json_schema.reading import Reader
from integrations.schema.model import Field, Schema, Type

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
MAX_OPERATIONS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of an API.

    parts: what of it can be read as a schema: "parameters", "request", "response 201", "response default".
    """

    method: str
    path: str
    key: str = ""
    title: str = ""
    parts: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Give how choices name it: ``POST /orders``."""
        return f"{self.method.upper()} {self.path}"


def operations(data: str | bytes) -> list[Operation]:
    """List the operations of a document in JSON or YAML. Raises ConfigError with a JSON pointer or line."""
    return list(_Api(data).operations())


def choices(data: str | bytes) -> list[tuple[str, str]]:
    """List everything that can be read as a schema: (choice, title)."""
    api = _Api(data)
    found = [(f"{op.name} {part}", op.title) for op in api.operations() for part in op.parts]
    return found + [(f"schema {name}", "") for name in api.named()]


def read_openapi(data: str | bytes, choice: str) -> Schema:
    """Read one part of an operation, or a named schema.

    Raises ConfigError ``schema.choice`` where there is no such part, else as ``read_json_schema`` does.
    """
    return _Api(data).schema(choice)


class _Api:
    def __init__(self, data: str | bytes) -> None:
        self.document: Json = load_object(data, "an OpenAPI description")
        self.is_old = str(self.document.get("swagger", "")).startswith("2")
        if not self.is_old and not str(self.document.get("openapi", "")).startswith("3."):
            raise ConfigError("schema.syntax", "This is not OpenAPI 3 or Swagger 2.", place="/openapi")
        self.reader = Reader(self.document)
        info = self.document.get("info")
        self.title = str(info.get("title", "")) if isinstance(info, Mapping) else ""

    # What there is

    def operations(self) -> Iterator[Operation]:
        count = 0
        for path, item in self._items():
            for method in METHODS:
                if not isinstance(item.node, Mapping) or not isinstance(item.node.get(method), Mapping):
                    continue
                count += 1
                if count > MAX_OPERATIONS:
                    raise ConfigError(
                        "schema.too_large", f"An API has at most {MAX_OPERATIONS:,} operations."
                    )
                yield self._operation(path, method, item)

    def _items(self) -> Iterator[tuple[str, Spot]]:
        paths = self.document.get("paths", {})
        for path in paths if isinstance(paths, Mapping) else {}:
            yield str(path), self._followed(self.reader.flattener.root.at("paths", path))

    def _operation(self, path: str, method: str, item: Spot) -> Operation:
        spot = item.at(method)
        parts = ["parameters"] if self._parameters(item, spot) else []
        if self._request(item, spot) is not None:
            parts.append("request")
        listed = spot.node.get("responses")
        responses = {key: spot.at("responses", key) for key in listed} if isinstance(listed, Mapping) else {}
        parts += [f"response {key}" for key, one in responses.items() if self._content(self._followed(one))]
        title = str(spot.node.get("summary", "") or spot.node.get("description", ""))[:200]
        return Operation(method, path, str(spot.node.get("operationId", "")), title, tuple(parts))

    def named(self) -> list[str]:
        return [str(name) for name in self._named().node]

    def _named(self) -> Spot:
        root = self.reader.flattener.root
        keys = ("definitions",) if self.is_old else ("components", "schemas")
        found = self.document
        for key in keys:
            found = found.get(key, {}) if isinstance(found, Mapping) else {}
        return root.at(*keys) if isinstance(found, Mapping) and found else Spot({}, "")

    def _followed(self, spot: Spot) -> Spot:
        """Follow a reference to a path item, parameter, body or response."""
        for _ in range(10):
            if not isinstance(spot.node, Mapping) or not isinstance(spot.node.get("$ref"), str):
                return spot
            spot = self.reader.flattener.find(spot.node["$ref"], spot.place)
        raise ConfigError("schema.endless_ref", "The reference leads back to itself.", place=spot.place)

    def _parameters(self, item: Spot, spot: Spot) -> list[Spot]:
        """List the parameters but bodies; those of the operation replace those of its path."""
        found: dict[tuple[str, str], Spot] = {}
        for holder in (item, spot):
            listed = holder.node.get("parameters")
            for number in range(len(listed)) if isinstance(listed, list) else ():
                one = self._followed(holder.at("parameters", number))
                if isinstance(one.node, Mapping) and one.node.get("name"):
                    found[str(one.node["name"]), str(one.node.get("in", ""))] = one
        return [one for (_, kind), one in found.items() if kind in {"path", "query", "header", "cookie"}]

    def _request(self, item: Spot, spot: Spot) -> Spot | None:
        if not self.is_old:
            return (
                self._content(self._followed(spot.at("requestBody"))) if "requestBody" in spot.node else None
            )
        form = {}
        required = []
        for holder in (item, spot):
            listed = holder.node.get("parameters")
            for number in range(len(listed)) if isinstance(listed, list) else ():
                one = self._followed(holder.at("parameters", number))
                kind = one.node.get("in") if isinstance(one.node, Mapping) else None
                if kind == "body" and "schema" in one.node:
                    return one.at("schema")
                if kind == "formData":
                    form[str(one.node.get("name", ""))] = _without_required(one.node)
                    required += [str(one.node.get("name", ""))] * (one.node.get("required") is True)
        node = {"type": "object", "properties": form, "required": required}
        return Spot(node, f"{spot.place}/parameters") if form else None

    def _content(self, spot: Spot) -> Spot | None:
        """Find the schema of a body or response: that of JSON, else of the first media type."""
        if not isinstance(spot.node, Mapping):
            return None
        if self.is_old:
            return spot.at("schema") if "schema" in spot.node else None
        content = spot.node.get("content")
        if not isinstance(content, Mapping):
            return None
        held = [name for name, media in content.items() if isinstance(media, Mapping) and "schema" in media]
        held.sort(key=lambda name: "json" not in str(name))
        return spot.at("content", held[0], "schema") if held else None

    # One of them

    def schema(self, choice: str) -> Schema:
        kind, _, rest = choice.partition(" ")
        if kind == "schema":
            named = self._named()
            if rest not in named.node:
                raise _no_choice()
            return self.reader.schema(named.at(rest), origin=self._origin(rest), title=rest)
        path, _, part = rest.partition(" ")
        item = next((item for known, item in self._items() if known == path), None)
        method = kind.lower()
        if item is None or method not in METHODS or not isinstance(item.node.get(method), Mapping):
            raise _no_choice()
        return self._part(item, item.at(method), part, choice)

    def _part(self, item: Spot, spot: Spot, part: str, choice: str) -> Schema:
        if part == "parameters":
            fields = tuple(self._parameter(one) for one in self._parameters(item, spot))
            return Schema(Field("", Type.OBJECT, fields=fields), origin=self._origin(choice), title=choice)
        self.reader.omit = "readOnly" if part == "request" else "writeOnly"
        found = self._request(item, spot) if part == "request" else self._response(spot, part)
        if found is None:
            raise _no_choice()
        return self.reader.schema(found, origin=self._origin(choice), title=choice)

    def _response(self, spot: Spot, part: str) -> Spot | None:
        status = part.removeprefix("response ")
        responses = spot.node.get("responses", {})
        key = next((key for key in responses if str(key) == status), None)
        return self._content(self._followed(spot.at("responses", key))) if key is not None else None

    def _parameter(self, spot: Spot) -> Field:
        node = spot.node
        if "schema" in node:
            inner = spot.at("schema")
        else:
            inner = self._content(spot) or Spot(_without_required(node), spot.place)
        found = self.reader.field(str(node["name"]), inner)
        where = f"In the {node.get('in')}."
        said = node.get("description")
        return replace(
            found,
            required=node.get("required") is True,
            description=" ".join(filter(None, (said if isinstance(said, str) else found.description, where))),
        )

    def _origin(self, choice: str) -> str:
        return f"{self.title or 'OpenAPI'}, {choice}"


def _without_required(node: Mapping[str, Any]) -> dict[str, Json]:
    """Take a Swagger 2 parameter, which is its own schema, without its mark of being required."""
    return {key: value for key, value in node.items() if key not in {"required", "in", "name"}}


def _no_choice() -> ConfigError:
    return ConfigError(
        "schema.choice",
        "The document has no such part.",
        hint="Choose one of those listed.",
        place="choice",
    )
