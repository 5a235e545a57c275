"""The schema of a set's records, made from the tables."""

from dataclasses import replace
from typing import Final

from integrations.formats.segments.tree import Group, Node, Segment
from integrations.formats.x12 import tables
from integrations.formats.x12.options import X12Options
from integrations.formats.x12.tables import Composite, Element, SetFacts
from integrations.schema.model import Field, Schema, Type

CONTROL: Final = ("ST", "02")
"""The control number of a set: like its SE, it is written where the record does not say it."""


def schema(options: X12Options, transaction_set: str, version: str = "") -> Schema | None:
    """Describe the records of a set in a release or guide; None where there is no table.

    version: as GS08 says it; empty for what the options say.
    """
    name = tables.set_name(transaction_set, options.guide or version or options.envelope.version)
    if not name:
        return None
    facts = tables.set_facts(name)
    return _Describing(facts, options).schema()


class _Describing:
    def __init__(self, facts: SetFacts, options: X12Options) -> None:
        self.facts = facts
        self.options = options
        self.definitions: dict[str, Field] = {}

    def schema(self) -> Schema:
        tree = self.facts.tree
        envelope = (self._envelope("ISA"), self._envelope("GS"))
        body = tuple(self._node(child) for child in tree.children)
        root = Field("", Type.OBJECT, tree.title, fields=(*envelope, *body), is_open=True)
        edition = self.facts.guide or self.facts.release
        return Schema(
            root, self.definitions, f"{self.facts.set} {self.facts.title}", f"X12 {edition} {self.facts.set}"
        )

    def _envelope(self, name: str) -> Field:
        facts = tables.segment(name, self.facts.release)
        parts = facts.elements if facts else ()
        fields = tuple(
            Field(
                f"{at:02}", Type.TEXT, part.title, max_length=part.max if isinstance(part, Element) else None
            )
            for at, part in enumerate(parts, 1)
        )
        return Field(name, Type.OBJECT, facts.title if facts else "", fields=fields)

    def _node(self, node: Node) -> Field:
        is_made = isinstance(node, Segment) and node.id == "SE"
        least = {"required": node.min > 0 and not is_made, "repeats": node.repeats}
        counts = {"min_items": node.min, "max_items": node.max} if node.repeats else {}
        if isinstance(node, Group):
            fields = tuple(self._node(child) for child in node.children)
            title = node.title or self._title(node.first)
            return Field(node.key, Type.OBJECT, title, fields=fields, is_open=True, **least, **counts)  # type: ignore[arg-type]
        return Field(node.key, Type.OBJECT, self._title(node), fields=self._elements(node), **least, **counts)  # type: ignore[arg-type]

    def _title(self, node: Segment) -> str:
        facts = tables.segment(node.id, self.facts.release)
        titles = [variant.title for variant in node.variants if variant.title]
        return node.title or "; ".join(titles[:5]) or (facts.title if facts else "")

    def _elements(self, node: Segment) -> tuple[Field, ...]:
        facts = tables.segment(node.id, self.facts.release)
        rows = node.variants or (node,)
        found: list[Field] = []
        for at, part in enumerate(facts.elements if facts else (), 1):
            key = f"{at:02}"
            allowed = [row.codes.get(key) for row in rows]
            closed = (
                frozenset().union(*(codes for codes in allowed if codes))
                if all(allowed)
                else frozenset[str]()
            )
            always = (node.id, at) in tables.REPEATING and self.facts.release >= "005010"
            made = self._part(key, part, closed, repeats=always)
            found.append(replace(made, required=False) if (node.id, key) == CONTROL else made)
        return tuple(found)

    def _part(self, key: str, part: Element | Composite, closed: frozenset[str], *, repeats: bool) -> Field:
        required = part.usage == "M"
        if isinstance(part, Composite):
            inner = tuple(
                self._part(str(at), component, frozenset(), repeats=False)
                for at, component in enumerate(part.components, 1)
            )
            return Field(
                key,
                Type.OBJECT,
                part.title,
                required=required,
                repeats=repeats,
                fields=inner,
                notation=part.id,
            )
        labels = tables.codes(part.id)
        choices = {code: labels.get(code, "") for code in sorted(closed)} if closed else dict(labels)
        return Field(
            key,
            self._type(part.type),
            part.title,
            required=required,
            repeats=repeats,
            min_length=part.min,
            max_length=part.max,
            scale=int(part.type[1:]) if part.type[0] == "N" and part.type[1:] not in ("", "0") else None,
            choices=choices,
            is_closed=bool(closed),
            notation=part.type,
        )

    def _type(self, kind: str) -> Type:
        if kind == "B":
            return Type.BYTES
        if self.options.values == "text":
            return Type.TEXT
        if kind in ("N", "N0"):
            return Type.INTEGER
        if kind[0] == "N" or kind == "R":
            return Type.DECIMAL
        return Type.DATE if kind == "DT" else Type.TEXT
