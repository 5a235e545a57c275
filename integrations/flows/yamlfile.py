"""A flow as one YAML file that people read, review and keep in a repository. It holds no secrets.

    name: Orders from the shop
    slug: orders
    settings: {reply: sync, deadline_s: 20}
    steps:
      - key: order
        kind: webhook_trigger
        config: {auth: signature, connection: Leather shop}
        next: quote                         # the port "next"
      - key: large
        kind: branch
        config: {cases: [{port: "yes", if: [gt, [get, order, body, total], 100]}]}
        next: {"yes": approve, else: book}

Connections are named, not numbered. What stands at its default is left out.
"""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final, TypeAlias, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StreamMark, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent
from ruamel.yaml.nodes import MappingNode, SequenceNode
from ruamel.yaml.nodes import Node as YamlNode
from ruamel.yaml.representer import SafeRepresenter

from integrations.errors import FlowError, Problem
from integrations.flows.exact_json import canonical
from integrations.flows.places import path_of
from integrations.flows.snapshots import (
    Key,
    StoredGroup,
    StoredNote,
    StoredSettings,
    StoredStep,
    drawn_json,
    findings,
    from_json,
    malformed,
    to_json,
)
from integrations.graph.flow import NEXT, Flow, Json, Node

MAX_BYTES: Final = 1 << 20
DEPTH_MAX: Final = 60
INLINE_MAX: Final = 80
AMBIGUOUS: Final = frozenset({"yes", "no", "on", "off", "y", "n"})
INTEGER: Final = re.compile(r"[-+]?[0-9]{1,300}")
FLOAT: Final = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class FlowFile:
    """slug: "" where the file gives none."""

    name: str
    slug: str
    flow: Flow


class _Step(StoredStep):
    next: Key | dict[Key, Key] | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=120)]
    slug: Annotated[str, Field(max_length=60, pattern=r"^(?:[a-z0-9]+(?:-[a-z0-9]+)*)?$")] = ""
    settings: StoredSettings = StoredSettings()
    steps: tuple[_Step, ...] = ()
    notes: tuple[StoredNote, ...] = ()
    groups: tuple[StoredGroup, ...] = ()


def read_flow(text: str) -> FlowFile:
    """Read a file. Raises FlowError whose problems each name the line and the path."""
    lines: dict[Path, int] = {}
    value = _value(_compose(text), (), lines)
    try:
        read = _File.model_validate(value)
    except ValidationError as failure:
        raise malformed([_at_line(*found, lines) for found in findings(failure, value)]) from None
    steps, edges = [], []
    for step in read.steps:
        steps.append(step.model_dump(exclude={"next"}))
        onward = {NEXT: step.next} if isinstance(step.next, str) else step.next or {}
        edges += [{"source": step.key, "port": port, "target": target} for port, target in onward.items()]
    drawn = read.model_dump(include={"notes", "groups"})
    flow = from_json({"steps": steps, "edges": edges, "settings": read.settings.model_dump(), **drawn})
    return FlowFile(read.name, read.slug, flow)


def read_settings_with_lines(text: str) -> tuple[dict[str, Json], dict[Path, int]]:
    """Read such a map, and tell the line of everything in it, from 1, by its path."""
    lines: dict[Path, int] = {}
    found = _value(_compose(text), (), lines)
    return found if isinstance(found, dict) else {}, lines


def read_settings(text: str) -> dict[str, Json]:
    """Read YAML (JSON is a part of it) that is one map, as exactly as a flow file: options, a mapping plan.

    Raises FlowError with the line.
    """
    return read_settings_with_lines(text)[0]


def write_settings(settings: Mapping[str, Any]) -> str:
    """Write such a map as YAML; `read_settings` of it gives the same."""
    out = io.StringIO()
    _writer().dump(_laid_out(dict(settings)), out)
    return out.getvalue()


def write_flow(file: FlowFile) -> str:
    """Write a file; `read_flow` of it gives the same flow, its edges in the order of the steps.

    Raises FlowError for a draft that the file cannot say: two edges from one port, or from no step.
    """
    stored = cast("dict[str, Json]", to_json(file.flow)["settings"])
    defaults = cast("dict[str, Json]", to_json(Flow())["settings"])
    onward: dict[str, dict[str, str]] = {node.key: {} for node in file.flow.nodes}
    for edge in file.flow.edges:
        if edge.port in onward.get(edge.source, {edge.port: ""}):
            raise FlowError("flow.not_exportable", f"Put the edges of “{edge.source}” right first.")
        onward[edge.source][edge.port] = edge.target
    document: dict[str, Any] = {"name": file.name}
    if file.slug:
        document["slug"] = file.slug
    if changed := {name: value for name, value in stored.items() if defaults[name] != value}:
        document["settings"] = changed
    document["steps"] = [_step(node, onward[node.key]) for node in file.flow.nodes]
    document |= drawn_json(file.flow)
    out = io.StringIO()
    _writer().dump(_laid_out(document), out)
    return out.getvalue()


def _step(node: Node, onward: dict[str, str]) -> dict[str, Any]:
    step: dict[str, Any] = {"key": node.key, "kind": node.kind}
    if node.title:
        step["title"] = node.title
    if node.config:
        step["config"] = dict(node.config)
    if node.position != (0, 0):
        step["position"] = list(node.position)
    if node.off:
        step["off"] = True
    if onward:
        step["next"] = onward[NEXT] if list(onward) == [NEXT] else onward
    return step


class _InlineMap(dict[str, Any]):
    """Written on one line: ``{port: "yes", if: …}``."""


class _InlineList(list[Any]):
    """Written on one line: ``[get, order, body, id]``."""


def _laid_out(value: Any, depth: int = 0) -> Any:  # noqa: ANN401  JSON in, JSON out
    """Mark what is short enough to stand on one line; never the file, its list of steps, or a step."""
    if not isinstance(value, dict | list | tuple):
        return value
    inline = depth > 2 and len(canonical(value)) <= INLINE_MAX
    if isinstance(value, dict):
        inner = {key: _laid_out(item, depth + 1) for key, item in value.items()}
        return _InlineMap(inner) if inline else inner
    items = [_laid_out(item, depth + 1) for item in value]
    return _InlineList(items) if inline or not items else items


def _style(text: str) -> str | None:
    """Quote what other readers take for yes or no, and what holds letters that some take for line ends.

    What begins with a mark of a map is quoted too: ruamel.yaml writes ``{:a: 1}`` and cannot read it.
    """
    is_printable = all(letter.isprintable() or letter == "\n" for letter in text)
    is_plain = is_printable and text.lower() not in AMBIGUOUS and not text.startswith((":", "?"))
    return None if is_plain else '"'


class _Representer(SafeRepresenter):
    """Writes Decimal as the number it is, and what is marked on one line."""


_Representer.add_representer(
    Decimal, lambda self, number: self.represent_scalar("tag:yaml.org,2002:float", str(number))
)
_Representer.add_representer(
    str, lambda self, text: self.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))
)
_Representer.add_representer(
    _InlineMap, lambda self, data: self.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True)
)
_Representer.add_representer(
    _InlineList, lambda self, data: self.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


def _writer() -> YAML:
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = _Representer
    yaml.default_flow_style = False
    yaml.width = 100
    yaml.allow_unicode = True
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # declared as always None
    return yaml


def _compose(text: str) -> MappingNode:
    """Parse to nodes, which know their lines. Refuses what is large, and aliases."""
    if len(text.encode()) > MAX_BYTES:
        raise FlowError("flow.yaml", f"A file like this has at most {MAX_BYTES:,} bytes.")
    try:
        _check_events(text)
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        what = " ".join(str(error.problem or error.context or "syntax").split())
        raise _refused(f"This is not YAML: {what}.", error.problem_mark or error.context_mark) from None
    except (YAMLError, RecursionError, ValueError) as error:
        raise FlowError("flow.yaml", "This is not YAML.") from error
    if not isinstance(root, MappingNode):
        raise FlowError("flow.yaml", "This is not a map with names and values.", place="line 1")
    return root


def _check_events(text: str) -> None:
    """Look at the file as a stream: deep nesting would cost the parser time by its square."""
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        if isinstance(event, AliasEvent):
            raise _refused("Anchors and aliases (& and *) are not used here.", event.start_mark)
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > DEPTH_MAX + 2:
            raise _refused("The file is nested too deeply.", event.start_mark)


def _value(node: YamlNode, path: Path, lines: dict[Path, int]) -> Json:
    """Give a node's value, exact, and remember its line. A date stays the text it is."""
    lines[path] = node.start_mark.line + 1
    if len(path) > DEPTH_MAX:
        raise _refused("This is nested too deeply.", node.start_mark)
    if isinstance(node, SequenceNode):
        return [_value(item, (*path, number), lines) for number, item in enumerate(node.value)]
    if not isinstance(node, MappingNode):
        return _scalar(node)
    found: dict[str, Json] = {}
    for key_node, value_node in node.value:
        key = key_node.value
        if not isinstance(key, str):
            raise _refused("A key is a text.", key_node.start_mark)
        if key in found:
            raise _refused(f"The key “{key[:60]}” stands here twice.", key_node.start_mark)
        found[key] = _value(value_node, (*path, key), lines)
        lines[(*path, key)] = key_node.start_mark.line + 1
    return found


def _scalar(node: YamlNode) -> Json:
    text, kind = str(node.value), str(node.tag).removeprefix("tag:yaml.org,2002:")
    if kind in {"str", "timestamp"}:
        return text
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int" and INTEGER.fullmatch(text):
        return int(text)
    if kind == "float" and FLOAT.fullmatch(text):
        return Decimal(text)
    raise _refused(f"“{text[:40]}” is not a text, number, true, false or null.", node.start_mark)


def _refused(message: str, mark: StreamMark | None) -> FlowError:
    return FlowError("flow.yaml", message, place=f"line {mark.line + 1}" if mark is not None else "")


def _at_line(path: Path, said: str, lines: Mapping[Path, int]) -> Problem:
    """Name the line of the innermost thing the path leads to, then the path."""
    known = path
    while known not in lines:
        known = known[:-1]
    return Problem("flow.config", said, f"line {lines[known]}, {path_of(path)}")
