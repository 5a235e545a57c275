"""The stored form of a definition and the `graph.Flow` it means; the only place that knows both.

{"steps": [{"key", "kind", "title", "config", "position": [x, y]}],
 "edges": [{"source", "port", "target"}],
 "settings": {"reply", "deadline_s", "retry", "ordering_path", "dead_head", "retention_h"}}

A step that is switched off has ``"off": true``; ``notes`` and ``groups`` of the canvas are there when there
are any.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from integrations.errors import FlowError, Problem
from integrations.flows.exact_json import canonical
from integrations.flows.places import path_of, spoken
from integrations.graph.flow import NEXT, Edge, Flow, Group, Json, Node, Note, Settings

DEFINITION_MAX_BYTES = 1 << 20
NESTING_MAX = 40
NOTES_MAX = 200

Key = Annotated[str, StringConstraints(min_length=1, max_length=63)]
Title = Annotated[str, StringConstraints(max_length=120)]


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StoredStep(_Stored):
    key: Key
    kind: Key
    title: Title = ""
    config: dict[str, object] = {}
    position: tuple[int, int] = (0, 0)
    off: bool = False


class StoredNote(_Stored):
    key: Key
    text: Annotated[str, StringConstraints(max_length=4000)] = ""
    position: tuple[int, int] = (0, 0)
    size: tuple[int, int] = (220, 120)


class StoredGroup(_Stored):
    key: Key
    title: Title = ""
    steps: tuple[Key, ...] = ()


class StoredEdge(_Stored):
    source: Key
    port: Key = NEXT
    target: Key


class StoredSettings(_Stored):
    """How the flow behaves as a whole; the form of its settings page is made from this model."""

    reply: Literal["sync", "async"] = Field(
        "async", title="Answer", description="Wait for the outcome, or 202."
    )
    deadline_s: float = Field(
        25.0,
        title="Deadline",
        description="Seconds the caller waits before it gets 202 and a status address.",
    )
    retry: tuple[float, ...] = Field(
        (0.1, 0.5, 2.0), title="Retries", description="Seconds before the second, third, … attempt of a call."
    )
    ordering_path: tuple[Key, ...] | None = Field(
        None,
        title="Ordering key",
        description="Path in the trigger's output; runs with the same value there keep their order.",
    )
    dead_head: Literal["block", "skip"] = Field(
        "block", title="A dead run", description="Blocks the runs behind it with the same key, or is skipped."
    )
    retention_h: int = Field(
        72, title="Keep for", description="Hours that payloads and dead letters are kept."
    )


class StoredFlow(_Stored):
    steps: tuple[StoredStep, ...] = ()
    edges: tuple[StoredEdge, ...] = ()
    settings: StoredSettings = StoredSettings()
    notes: Annotated[tuple[StoredNote, ...], Field(max_length=NOTES_MAX)] = ()
    groups: Annotated[tuple[StoredGroup, ...], Field(max_length=NOTES_MAX)] = ()


def from_json(definition: Mapping[str, object]) -> Flow:
    """Read the stored form. Raises FlowError ``flow.malformed`` with every problem and its place."""
    problems = list(_unstorable(definition, ""))
    if problems:
        raise malformed(problems)
    try:
        stored = StoredFlow.model_validate(definition)
    except ValidationError as failure:
        raise malformed(problems_of(failure, definition)) from None
    settings = stored.settings
    return Flow(
        nodes=tuple(
            Node(step.key, step.kind, step.title, _json(step.config), step.position, step.off)
            for step in stored.steps
        ),
        edges=tuple(Edge(edge.source, edge.port, edge.target) for edge in stored.edges),
        settings=Settings(
            reply=settings.reply,
            deadline_s=settings.deadline_s,
            retry=settings.retry,
            ordering_path=settings.ordering_path,
            dead_head=settings.dead_head,
            retention_h=settings.retention_h,
        ),
        notes=tuple(Note(note.key, note.text, note.position, note.size) for note in stored.notes),
        groups=tuple(Group(group.key, group.title, group.steps) for group in stored.groups),
    )


def to_json(flow: Flow) -> dict[str, Json]:
    """Write the stored form; ``from_json(to_json(flow)) == flow``."""
    settings = asdict(flow.settings)
    settings["retry"] = list(flow.settings.retry)
    settings["ordering_path"] = (
        None if flow.settings.ordering_path is None else list(flow.settings.ordering_path)
    )
    return {
        "steps": [
            {
                "key": node.key,
                "kind": node.kind,
                "title": node.title,
                "config": dict(node.config),
                "position": list(node.position),
                **({"off": True} if node.off else {}),
            }
            for node in flow.nodes
        ],
        "edges": [{"source": edge.source, "port": edge.port, "target": edge.target} for edge in flow.edges],
        "settings": settings,
        **drawn_json(flow),
    }


def drawn_json(flow: Flow) -> dict[str, Json]:
    """Write what stands on the canvas beside the steps; what there is none of is left out."""
    notes: list[Json] = [
        {"key": note.key, "text": note.text, "position": list(note.position), "size": list(note.size)}
        for note in flow.notes
    ]
    groups: list[Json] = [
        {"key": group.key, "title": group.title, "steps": list(group.steps)} for group in flow.groups
    ]
    drawn: dict[str, Json] = {"notes": notes, "groups": groups}
    return {name: found for name, found in drawn.items() if found}


def checksum(definition: Mapping[str, Json]) -> str:
    """Give the SHA-256 of the canonical JSON, 64 hex digits."""
    return sha256(canonical(definition)).hexdigest()


def findings(failure: ValidationError, document: object) -> list[tuple[tuple[str | int, ...], str]]:
    """Give (path, what is wrong) for each place of the document where pydantic found something.

    Where several forms are allowed, pydantic names each that did not fit behind the path; one is said.
    """
    found: dict[tuple[str | int, ...], str] = {}
    for error in failure.errors(include_url=False, include_context=False, include_input=False):
        path = error["loc"] if error["type"] == "missing" else _inside(document, error["loc"])
        found.setdefault(path, spoken(error["msg"]))
    return list(found.items())


def problems_of(failure: ValidationError, document: object, place: str = "") -> list[Problem]:
    """Turn pydantic's findings into ours; `place` stands before each path. No value is repeated."""
    return [Problem("flow.config", said, path_of(path, place)) for path, said in findings(failure, document)]


def malformed(problems: Sequence[Problem]) -> FlowError:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return FlowError("flow.malformed", f"{first.message}{more}", place=first.place, problems=problems)


def _json(config: dict[str, object]) -> dict[str, Json]:
    return config  # type: ignore[return-value]  # `_unstorable` has looked at every value


def _inside(document: object, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Cut the path where it leaves the document."""
    here: Any = document
    for depth, part in enumerate(path):
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            return path[:depth]
    return path


def _unstorable(value: object, place: str, depth: int = 0) -> list[Problem]:
    """Find what JSON or PostgreSQL cannot hold: NUL, lone surrogates, other types, deep nesting."""
    if depth > NESTING_MAX:
        return [Problem("flow.too_deep", f"More than {NESTING_MAX} levels.", place)]
    match value:
        case str():
            return _bad_text(value, place)
        case Mapping():
            return [
                problem
                for key, inner in value.items()
                for problem in (
                    *_bad_text(str(key), place),
                    *_unstorable(inner, f"{place}.{key}" if place else str(key), depth + 1),
                )
            ]
        case list() | tuple():
            return [
                problem
                for number, inner in enumerate(value)
                for problem in _unstorable(inner, f"{place}[{number}]", depth + 1)
            ]
        case float():
            is_finite = value - value == 0
            return [] if is_finite else [Problem("flow.not_a_number", "Not a finite number.", place)]
        case _:
            return [] if _is_plain(value) else [Problem("flow.not_json", "Not a JSON value.", place)]


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int) or type(value).__name__ == "Decimal"


def _bad_text(text: str, place: str) -> list[Problem]:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        return [Problem("flow.bad_text", "The text holds a NUL or half of a surrogate pair.", place)]
    return []
