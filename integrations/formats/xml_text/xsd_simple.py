"""The simple types of an XSD: restrictions, lists and unions of one another, down to those of XSD itself."""

from typing import Final

from integrations.errors import ConfigError
from integrations.formats.xml_text import simple as simple_types
from integrations.formats.xml_text.model import Invalid
from integrations.formats.xml_text.simple import Definition
from integrations.formats.xml_text.xsd_files import (
    XS,
    Files,
    Node,
    Part,
    child_of,
    documentation,
    local_tag,
    place,
    qname,
    unknown,
)

_MAX_DEPTH: Final = 60
_MAX_STEPS: Final = 300_000


class Depth:
    """Guards against definitions that go round in circles or multiply: ``with depth.at(node, part)``."""

    def __init__(self) -> None:
        self.depth = self.steps = 0
        self.where: tuple[Node, Part] | None = None

    def at(self, node: Node, part: Part) -> "Depth":
        """Say where the next step leads."""
        self.where = node, part
        return self

    def __enter__(self) -> None:
        self.depth += 1
        self.steps += 1
        if self.depth > _MAX_DEPTH or self.steps > _MAX_STEPS:
            message = "The schema is nested too deeply, refers to itself, or repeats its parts too often."
            raise ConfigError("xml.xsd_too_deep", message, place=place(*self.where) if self.where else "")

    def __exit__(self, *_: object) -> None:
        self.depth -= 1


class SimpleTypes:
    """The simple types of a schema's files, each read once."""

    def __init__(self, files: Files, depth: Depth) -> None:
        self.files, self.depth = files, depth
        self._definitions: dict[tuple[str, str], Definition] = {}

    def definition(self, node: Node, named: str, part: Part) -> Definition:
        """Give the simple type that a node names."""
        namespace, local = qname(node, named, part)
        if namespace == XS:
            built_in = simple_types.built_in(local)
            if built_in is None:
                raise unknown(node, f"built-in type {local[:40]}", part)
            return built_in
        known = self._definitions.get((namespace, local))
        if known is None:
            found = self.files.required("simpleType", node, named, part)
            known = self._definitions[namespace, local] = self.node(found.node, found.part)
        return known

    def node(self, node: Node, part: Part) -> Definition:
        """Read a simple type where it is defined."""
        with self.depth.at(node, part):
            for child in node:
                kind = local_tag(child)
                if kind == "restriction":
                    inner = child_of(child, "simpleType")
                    base = (
                        self.node(inner, part)
                        if inner is not None
                        else self.definition(child, child.get("base", ""), part)
                    )
                    return self.facets(child, base, part)
                if kind == "list":
                    return simple_types.listed(self._members_of(child, "itemType", part)[0])
                if kind == "union":
                    return simple_types.united(self._members_of(child, "memberTypes", part))
        raise ConfigError("xml.xsd", "A simple type of the schema says nothing.", place=place(node, part))

    def _members_of(self, node: Node, attribute: str, part: Part) -> list[Definition]:
        members = [self.definition(node, one, part) for one in node.get(attribute, "").split()]
        members += [self.node(child, part) for child in node if local_tag(child) == "simpleType"]
        if not members:
            raise ConfigError("xml.xsd", "A list or union of the schema is empty.", place=place(node, part))
        return members

    def facets(self, node: Node, base: Definition, part: Part) -> Definition:
        """Add the facets in a restriction to its base."""
        facets = [
            (local_tag(child), child.get("value", "")) for child in node if child.get("value") is not None
        ]
        labels = {child.get("value", ""): documentation(child) for child in node}
        try:
            return simple_types.restricted(base, facets, labels)
        except (ValueError, Invalid):
            message = "A facet of the schema has a value that its type does not have."
            raise ConfigError("xml.xsd", message, place=place(node, part)) from None
