"""What changed between two definitions, in words that stand beside a version."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Final

from integrations.graph.flow import NEXT, Edge, Flow, Json, Node

CHANGES_PER_STEP: Final = 12
SHOWN: Final = 60
"""Characters of a value that are shown."""


def diff(old: Flow, new: Flow) -> list[str]:
    """Give the changes from `old` to `new`, one sentence each; empty where they mean the same.

    The order of steps and edges has no meaning; new positions of steps are one change together.
    """
    before = {node.key: node for node in old.nodes}
    after = {node.key: node for node in new.nodes}
    return [
        *(f"Removed {_named(node)}." for key, node in before.items() if key not in after),
        *(f"Added {_named(node)}." for key, node in after.items() if key not in before),
        *(change for key, node in after.items() if key in before for change in _step(before[key], node)),
        *(f"Disconnected {_way(edge)}." for edge in sorted(set(old.edges) - set(new.edges), key=_way)),
        *(f"Connected {_way(edge)}." for edge in sorted(set(new.edges) - set(old.edges), key=_way)),
        *_settings(old, new),
        *_layout(before, after),
        *(["Changed the notes and groups on the canvas."] if _drawn(old) != _drawn(new) else []),
    ]


def _step(old: Node, new: Node) -> Iterator[str]:
    name = new.title or new.key
    if old.kind != new.kind:
        yield f"“{name}” is now a {_words(new.kind)}, no longer a {_words(old.kind)}."
    if old.title != new.title:
        yield f"“{old.title or old.key}” is now called “{name}”."
    if old.off != new.off:
        yield f"“{name}” is switched {'off' if new.off else 'on'}."
    changes = list(_values(dict(old.config), dict(new.config), ""))
    yield from (f"“{name}”: {change}." for change in changes[:CHANGES_PER_STEP])
    if len(changes) > CHANGES_PER_STEP:
        yield f"“{name}”: {len(changes) - CHANGES_PER_STEP} more changes."


def _values(old: Json, new: Json, path: str) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            below = f"{path}.{key}" if path else key
            if key not in new:
                yield f"{below} removed"
            elif key not in old:
                yield f"{below} set to {_shown(new[key])}"
            else:
                yield from _values(old[key], new[key], below)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (left, right) in enumerate(zip(old, new, strict=True)):
            yield from _values(left, right, f"{path}[{number}]")
    elif isinstance(old, list) and isinstance(new, list):
        yield f"{path} has {len(new)} entries, before {len(old)}"
    elif type(old) is not type(new) or old != new:
        yield f"{path or 'value'} changed from {_shown(old)} to {_shown(new)}"


def _settings(old: Flow, new: Flow) -> Iterator[str]:
    for field in fields(old.settings):
        left, right = getattr(old.settings, field.name), getattr(new.settings, field.name)
        if left != right:
            yield f"Setting {_words(field.name)} changed from {_shown(left)} to {_shown(right)}."


def _layout(before: Mapping[str, Node], after: Mapping[str, Node]) -> Iterator[str]:
    moved = sum(key in before and before[key].position != node.position for key, node in after.items())
    if moved:
        yield f"Moved {moved} {'step' if moved == 1 else 'steps'} on the canvas."


def _drawn(flow: Flow) -> tuple[object, ...]:
    return flow.notes, flow.groups


def _named(node: Node) -> str:
    return f"“{node.title or node.key}” ({_words(node.kind)})"


def _way(edge: Edge) -> str:
    port = "" if edge.port == NEXT else f" ({edge.port})"
    return f"“{edge.source}”{port} → “{edge.target}”"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return f"an object of {len(value)} fields"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(str, value)) if len(value) <= 6 and all(map(_is_plain, value)) else _count(value)
    text = str(value)
    shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    return f"“{shown}”" if isinstance(value, str) else shown


def _count(value: Sequence[object]) -> str:
    return f"a list of {len(value)}"


def _is_plain(value: object) -> bool:
    return not isinstance(value, Mapping | list)
