"""What the mapper's script is told: choices of targets, previews, problems, suggestions."""

from functools import cache
from itertools import islice
from typing import Any, Final

from django.urls import reverse

from integrations import canonical
from integrations.connectors import loader
from integrations.errors import Problem
from integrations.flows.previews import Preview
from integrations.formats.imports import IMPORTS
from integrations.formats.registry import FORMATS
from integrations.mapping.suggest.matching import Suggestion
from integrations.partners.models import Table
from integrations.web.json_door import said_of
from integrations.web.mapper.given import marked

TEXT_MOST: Final = 100_000
ITEMS_MOST: Final = 20
ENTRIES_MOST: Final = 200
LONG: Final = 400


@cache
def choices() -> dict[str, Any]:
    """Give what a target may be, in words."""
    return {
        "canonical": [
            {"key": name, "title": canonical.document(name)["title"]} for name in canonical.models()
        ],
        "operations": [
            {"key": f"{manifest.key}.{operation.key}", "title": operation.title, "group": manifest.title}
            for manifest in map(loader.manifest, loader.found())
            for operation in manifest.operations
        ],
        "formats": [{"key": form.key, "title": form.title} for form in FORMATS.values()],
        "importers": [
            {"key": one.key, "title": one.title, "takes": one.takes, "extensions": list(one.extensions)}
            for one in IMPORTS.values()
        ],
    }


def preview(found: Preview, key: str) -> dict[str, Any]:
    """Tell what came out: the value with long lists and texts cut, the document as it would be written."""
    document = found.document or b""
    text = document[:TEXT_MOST].decode("utf-8", "replace")
    return {
        "key": key,
        "value": short(found.value),
        "whole": found.is_whole,
        "problems": list(map(said_of, found.problems)),
        "document": None if found.document is None else text,
        "size_bytes": len(document),
        "cut": len(document) > TEXT_MOST,
        "unwritten": said_of(found.unwritten) if found.unwritten else None,
    }


def short(value: Any) -> Any:  # noqa: ANN401  JSON
    """Give a value whose lists have their first items and whose texts their beginning."""
    match value:
        case dict():
            return {key: short(inner) for key, inner in value.items()}
        case list():
            return [short(inner) for inner in value[:ITEMS_MOST]]
        case str() if len(value) > LONG:
            return value[:LONG] + "…"
        case bytes():
            return marked(value[:LONG])
        case _:
            return marked(value)


def suggestion(found: Suggestion) -> dict[str, Any]:
    return {
        "target": list(found.target),
        "source": list(found.source),
        "score": found.score,
        "reasons": list(found.reasons),
        "list": found.is_list,
        "qualifier": list(found.qualifier),
        "code": found.code,
    }


def table(found: Table) -> dict[str, str]:
    return {"key": found.key, "title": found.title, "url": reverse("web:table", args=[found.key])}


def entries(found: Table) -> dict[str, Any]:
    return dict(islice(found.rows.items(), ENTRIES_MOST))


def problem(found: Problem, line: int | None = None) -> dict[str, Any]:
    return said_of(found) | ({} if line is None else {"line": line})
