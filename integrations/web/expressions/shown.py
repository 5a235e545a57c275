"""What an operation gave, as the editor shows it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Final

from integrations.errors import InputError
from integrations.flows.evaluation import At, Evaluated, Sight
from integrations.flows.exact_json import json_bytes
from integrations.mapping.ops.registry import FAMILIES
from integrations.mapping.schema import catalogue
from integrations.mapping.values import MISSING, Result, kind_of, words_for
from integrations.mapping.words import shown
from integrations.web import json_door

STEPS_MAX: Final = 400
BYTES_MAX: Final = 200_000


@cache
def functions() -> bytes:
    """Describe every function, once: they change with the program only."""
    return json_bytes({"functions": catalogue(), "families": list(FAMILIES)})


def sight(said: Mapping[str, Any]) -> Sight:
    """Read what an operation sees beside its scope. Raises InputError."""
    items = said.get("items", [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InputError("request.field", "“items” is a list of objects.", place="items")
    pairs = [(json_door.a_text(item, "name"), item.get("value")) for item in items]
    return Sight(json_door.an_object({"let": said.get("let", {})}, "let"), pairs)


def evaluated(found: Evaluated) -> dict[str, Any]:
    error = None
    if found.error is not None:
        first = found.error.problems[0] if found.error.problems else found.error
        error = {"code": first.code, "message": first.message, "hint": first.hint, "at": list(found.at)}
    result = _told(found.value)
    del result["size"]
    return {"result": result, "error": error, "steps": list(_steps(found.steps))}


def _steps(steps: Mapping[At, Result]) -> Iterator[dict[str, Any]]:
    """Give the values on the way, shortest places first; large ones are only told in words."""
    left = BYTES_MAX
    for at in sorted(steps, key=_depth)[:STEPS_MAX]:
        told = _told(steps[at], left)
        left -= told.pop("size")
        yield {"at": list(at), **told}


def _depth(at: Sequence[int]) -> tuple[int, Sequence[int]]:
    return len(at), at


def _told(value: Result, left: int = BYTES_MAX) -> dict[str, Any]:
    """Tell a value: its kind and text, and itself where there is room."""
    if value is MISSING:
        return {"missing": True, "kind": "", "text": "missing", "size": 0}
    size = len(json_bytes(value))
    told: dict[str, Any] = {"missing": False, "kind": words_for(kind_of(value)), "text": shown(value)}
    if isinstance(value, date):
        told["text"] = value.isoformat()
    return {**told, "value": value, "size": size} if size <= left else {**told, "size": 0}
