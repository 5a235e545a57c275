"""A model of a document as the schema model that mappings and forms know."""

from dataclasses import replace

from integrations.formats.xml_text.model import LISTS, Element, Kind, Model, Type
from integrations.formats.xml_text.names import parted
from integrations.formats.xml_text.run import Shape
from integrations.schema import model as schema
from integrations.schema.model import Field, Schema


class _Fields:
    """Types to fields. definitions: types with children; elements refer to them: they may hold themselves."""

    def __init__(self) -> None:
        self.definitions: dict[str, Field] = {}
        self.named: dict[int, str] = {}
        self.pending: list[tuple[str, Type]] = []

    def element(self, element: Element) -> Field:
        """Give the field of an element where it stands."""
        low, high = element.min_items, element.max_items
        repeats = element.mode in LISTS
        return replace(
            self.value(element.type),
            name=element.key,
            required=low > 0,
            nullable=element.nillable,
            repeats=repeats,
            min_items=low if repeats else 0,
            max_items=high if repeats else None,
        )

    def value(self, type_: Type) -> Field:
        """Give the field of a type, without a name."""
        if type_.kind is Kind.SIMPLE:
            return type_.simple.field if type_.simple else Field("", schema.Type.TEXT)
        if type_.kind is Kind.ANY:
            return Field("", schema.Type.ANY, is_open=True)
        if id(type_) not in self.named:
            known = name = type_.name or "type"
            number = 1
            while known in self.definitions:
                number += 1
                known = f"{name}_{number}"
            self.named[id(type_)] = known
            self.definitions[known] = Field(known, schema.Type.OBJECT)
            self.pending.append((known, type_))
        return Field("", schema.Type.OBJECT, ref=self.named[id(type_)])

    def fill(self) -> None:
        """Give the definitions their fields."""
        while self.pending:
            name, type_ = self.pending.pop()
            self.definitions[name] = replace(
                self.definitions[name],
                fields=self.inside(type_),
                is_open=type_.any_attributes,
            )

    def inside(self, type_: Type) -> tuple[Field, ...]:
        """Give the fields of an element with attributes or children."""
        found = [
            replace(one.simple.field, name=one.key, required=one.is_required)
            for one in type_.attributes.values()
        ]
        if type_.kind is Kind.VALUE and type_.simple is not None:
            found.append(replace(type_.simple.field, name="#text", required=True))
        if type_.kind is Kind.MIXED:
            found.append(
                Field("#mixed", schema.Type.ANY, title="Text and elements, in their order", repeats=True)
            )
        else:
            found += map(self.element, type_.children)
        return tuple(found)


def schema_of(model: Model, shape: Shape, *, origin: str, roots: tuple[str, ...] = ()) -> Schema | None:
    """Describe the records that a model and a shape give; None without a schema of the document.

    roots: local names of the outermost elements to describe; none: all of them.
    """
    elements = [entry[1] for entry in model.root.values() if entry is not None]
    elements = [one for one in elements if not roots or parted(one.name)[1] in roots]
    elements = [one for one in elements if one.type.kind is not Kind.ANY]
    if not elements:
        return None
    fields = _Fields()
    if shape.path and not shape.context:
        root = _at(elements, shape.path)
        inside: tuple[Field, ...] = ()
        if root is not None:
            is_object = root.type.kind not in {Kind.SIMPLE, Kind.ANY}
            inside = (
                fields.inside(root.type) if is_object else (replace(fields.value(root.type), name="#text"),)
            )
    else:
        alone = len(elements) == 1
        inside = tuple(
            replace(fields.element(one), required=alone, repeats=False, min_items=0, max_items=None)
            for one in elements
        )
    fields.fill()
    return Schema(Field("", schema.Type.OBJECT, fields=inside), fields.definitions, origin=origin)


def _at(elements: list[Element], path: tuple[str, ...]) -> Element | None:
    """Follow a path of keys from the outermost elements."""
    found = next((one for one in elements if one.key == path[0]), None)
    for key in path[1:]:
        found = next((one for one in found.type.children if one.key == key), None) if found else None
    return found
