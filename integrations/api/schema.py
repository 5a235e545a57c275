"""How the API describes itself: OpenAPI 3 made from the views."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.settings import patched_settings
from typing_extensions import override

PREFIX: Final = "/api/v1"
TEXT: Final = {"type": "string"}
PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "In words, for the merchant."},
        "code": {"type": "string", "description": "Stable, for programs."},
        "hint": {"type": "string", "description": "What to do."},
        "place": {"type": "string", "description": "Where: a field, a step, a line."},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "code": TEXT,
                    "message": TEXT,
                    "place": TEXT,
                    "hint": TEXT,
                    "severity": {"type": "string", "enum": ["error", "warning", "info"]},
                },
                "required": ["code", "message", "place", "hint", "severity"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code"],
}
REFUSAL: Final[dict[str, Any]] = {
    "description": "A problem.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
ABOUT: Final = """\
Everything that the pages do, for programs. Show an API key as `Authorization: Bearer 7m_…`.

Lists come in pages: pass the `next` of one page as the `cursor` of the following. Errors are problem+json
with a stable `code`. A key may make a limited number of calls a second; then the answer is 429 with
`Retry-After`.
"""
SETTINGS: Final[dict[str, Any]] = {
    "TITLE": "7M",
    "DESCRIPTION": ABOUT,
    "VERSION": "1.0",
    "SCHEMA_PATH_PREFIX": PREFIX,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "integrations.api.schema.say_refusals",
    ],
    "APPEND_COMPONENTS": {
        "schemas": {"Problem": PROBLEM},
        "securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer", "bearerFormat": "7m_…"}},
    },
}


class Described(AutoSchema):
    """Takes the words of an operation from the method's docstring, and its scope from the view."""

    @override
    def get_summary(self) -> str:
        return str(self._handler().__doc__ or "").strip().partition("\n")[0].rstrip(".")

    @override
    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular takes no arguments
        rest = " ".join(str(self._handler().__doc__ or "").strip().partition("\n")[2].split())
        scope = self._scope()
        needs = f"Scope: `{scope}`." if "." in scope else f"For: {scope}."
        return f"{rest}\n\n{needs}".strip()

    @override
    def get_tags(self) -> list[str]:
        return [self.path.removeprefix(PREFIX).strip("/").partition("/")[0].replace("-", " ")]

    @override
    def get_operation_id(self) -> str:
        parts = self.path.removeprefix(PREFIX).strip("/").replace("-", "_").split("/")
        words = [f"by_{part[1:-1]}" if part.startswith("{") else part for part in parts]
        return "_".join([self.method.lower(), *words])

    @override
    def get_auth(self) -> list[dict[str, list[str]]]:
        return [] if self._scope() == "public" else [{"apiKey": []}]

    @override
    def map_parsers(self) -> list[str]:
        return ["application/json"]

    def _scope(self) -> str:
        scopes: Mapping[str, str] = getattr(self.view, "scopes", {})
        return scopes.get(self.method, "")

    def _handler(self) -> Callable[..., object]:
        handler: Callable[..., object] = getattr(self.view, self.method.lower())
        return handler


def say_refusals(result: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: ANN401  the framework's
    """Add the one form of every refusal to every operation."""
    for methods in result["paths"].values():
        for operation in methods.values():
            operation["responses"]["default"] = REFUSAL
    return result


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Make the description, once for each process."""
    with patched_settings(SETTINGS):
        made: dict[str, Any] = SchemaGenerator().get_schema(  # type: ignore[no-untyped-call]
            request=None, public=True
        )
    return made
