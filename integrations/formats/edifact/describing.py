"""The schema of a message's records, made from the tables."""

from collections.abc import Mapping

from integrations.formats.edifact import tables
from integrations.formats.edifact.elements import Slot, slots_of
from integrations.formats.edifact.options import EdifactOptions
from integrations.formats.edifact.tables import Composite, Element, MessageFacts
from integrations.formats.segments.tree import Group, Node, Segment
from integrations.schema.model import Field, Schema, Type


def schema(options: EdifactOptions) -> Schema | None:
    """Describe the records of the message that the options name; None where they name none we know."""
    said = options.envelope
    name = tables.message_name(options.message, said.version, said.release, options.directory)
    return _Describing(tables.message_facts(name), options).schema() if name else None


class _Describing:
    def __init__(self, facts: MessageFacts, options: EdifactOptions) -> None:
        self.facts = facts
        self.options = options
        self.syntax = options.envelope.syntax_version

    def schema(self) -> Schema:
        tree = self.facts.tree
        envelope = tuple(
            Field(name, Type.OBJECT, self._title(name), fields=self._elements(name))
            for name in ("UNB", "UNG")
        )
        body = tuple(self._node(child) for child in tree.children)
        root = Field("", Type.OBJECT, tree.title, fields=(*envelope, *body), is_open=True)
        edition = f"{self.facts.directory[0].upper()}.{self.facts.directory[1:].upper()}"
        name = self.facts.message
        return Schema(root, {}, f"{name} {self.facts.title}", f"EDIFACT {edition} {name}")

    def _node(self, node: Node) -> Field:
        counts = {"min_items": node.min, "max_items": node.max} if node.repeats else {}
        is_sure = self.facts.kind == "standard"
        least = {"required": node.min > 0 and is_sure, "repeats": node.repeats, **(counts if is_sure else {})}
        if isinstance(node, Group):
            fields = tuple(self._node(child) for child in node.children)
            title = self._title(node.first.id)
            return Field(node.key, Type.OBJECT, title, fields=fields, is_open=True, **least)  # type: ignore[arg-type]
        return self._segment(node, least)

    def _segment(self, node: Segment, least: Mapping[str, object]) -> Field:
        fields = self._elements(node.id)
        return Field(node.key, Type.OBJECT, self._title(node.id), fields=fields, **least)  # type: ignore[arg-type]

    def _title(self, name: str) -> str:
        facts = tables.segment(name, self.facts.directory, self.syntax)
        return facts.title if facts else ""

    def _elements(self, name: str) -> tuple[Field, ...]:
        facts = tables.segment(name, self.facts.directory, self.syntax)
        return self._fields(slots_of(facts.elements)) if facts else ()

    def _fields(self, slots: tuple[Slot, ...]) -> tuple[Field, ...]:
        """Describe places; those of one code are one list."""
        found: dict[str, Field] = {}
        for slot in slots:
            if slot.part is None or slot.key in found:
                continue
            count = sum(other.key == slot.key for other in slots)
            found[slot.key] = self._part(slot, max(count, slot.part.repeats))
        return tuple(found.values())

    def _part(self, slot: Slot, count: int) -> Field:
        part = slot.part
        repeats = slot.at >= 0 or slot.is_list
        most = count if repeats else None
        required = part is not None and part.is_mandatory
        if isinstance(part, Composite):
            inner = self._fields(slots_of(part.components))
            return Field(
                slot.key,
                Type.OBJECT,
                part.title,
                required=required,
                repeats=repeats,
                max_items=most,
                fields=inner,
            )
        return self._simple(slot.key, part, required=required, repeats=repeats, most=most)

    def _simple(
        self, key: str, part: Element | None, *, required: bool, repeats: bool, most: int | None
    ) -> Field:
        if part is None:
            return Field(key, Type.TEXT)
        is_number = part.is_number and self.options.values == "typed"
        return Field(
            key,
            Type.DECIMAL if is_number else Type.TEXT,
            part.title,
            required=required,
            repeats=repeats,
            max_items=most,
            min_length=None if is_number else part.min,
            max_length=part.max,
            choices=dict(tables.codes(part.id)),
            notation=part.format,
        )
