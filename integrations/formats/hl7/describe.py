"""The schema of a message structure, from the tables of its release."""

from integrations.formats.hl7.fields import ANY_TYPE
from integrations.formats.hl7.messages import Kind, find_structure, tree_of
from integrations.formats.hl7.options import Hl7Options
from integrations.formats.hl7.tables import ComponentFact, FieldFact, Release, codes, nearest, release
from integrations.formats.segments.tree import Group, Segment
from integrations.schema.model import Field, Schema, Type

_TYPES = {
    "NM": Type.DECIMAL,
    "SI": Type.INTEGER,
    "DT": Type.DATE,
    "TS": Type.MOMENT,
    "DTM": Type.MOMENT,
    ANY_TYPE: Type.ANY,
}
_NOTATIONS = {"DT": "YYYYMMDD", "TS": "YYYYMMDDHHMMSS[.SSSS][+ZZZZ]", "DTM": "YYYYMMDDHHMMSS[.SSSS][+ZZZZ]"}


def schema_of(options: Hl7Options) -> Schema | None:
    """Describe the records of the structure in ``options.message``; None if it is not known."""
    version = nearest(options.version)
    found = find_structure(Kind("", "", options.message, options.version, version), options)
    if not options.message or found is None:
        return None
    tree, tables = tree_of(*found), release(version)
    definitions: dict[str, Field] = {}
    root = Field(
        "", Type.OBJECT, tree.title, fields=_children(tree, tables, definitions, options), is_open=True
    )
    return Schema(root, definitions, tree.title, f"HL7 v2, {found[0]}, tables of {version}")


def _children(
    group: Group, tables: Release, definitions: dict[str, Field], options: Hl7Options
) -> tuple[Field, ...]:
    return tuple(_place(child, tables, definitions, options) for child in group.children)


def _place(
    child: Segment | Group, tables: Release, definitions: dict[str, Field], options: Hl7Options
) -> Field:
    occurrence = {
        "required": child.min > 0,
        "repeats": child.repeats,
        "min_items": child.min if child.repeats else 0,
        "max_items": child.max if child.repeats else None,
    }
    if isinstance(child, Group):
        inner = _children(child, tables, definitions, options)
        return Field(
            child.key,
            Type.OBJECT,
            child.title or child.name,
            fields=inner,
            is_open=True,
            **occurrence,  # type: ignore[arg-type]
        )
    fact = tables.segments.get(child.id)
    if fact is None:
        return Field(child.key, Type.OBJECT, is_open=True, **occurrence)  # type: ignore[arg-type]
    if child.id not in definitions:
        fields = tuple(
            _field(str(number), item, tables, definitions, options)
            for number, item in enumerate(fact.fields, 1)
        )
        definitions[child.id] = Field(child.id, Type.OBJECT, fact.title, fields=fields, is_open=True)
    return Field(child.key, Type.OBJECT, fact.title, ref=child.id, **occurrence)  # type: ignore[arg-type]


def _field(
    name: str, fact: FieldFact, tables: Release, definitions: dict[str, Field], options: Hl7Options
) -> Field:
    ref = _define(fact.type, tables, definitions, options) if fact.type in tables.types else ""
    return Field(
        name,
        Type.OBJECT if ref else _type(fact.type, options),
        fact.title,
        description="Withdrawn from the standard." if fact.usage == "X" else "",
        required=fact.usage == "R",
        nullable=True,
        repeats=fact.repeats != 1,
        max_items=None if fact.repeats == 1 else fact.repeats,
        ref=ref,
        max_length=None if ref or fact.type in _NOTATIONS else fact.length,
        choices=_choices(fact.table) if not ref else {},
        notation=_NOTATIONS.get(fact.type, fact.type),
    )


def _define(kind: str, tables: Release, definitions: dict[str, Field], options: Hl7Options) -> str:
    """Define a data type and those in its components; gives the name of the definition."""
    if kind not in definitions:
        definitions[kind] = Field(
            kind,
            Type.OBJECT,
            fields=tuple(
                _component(str(number), fact, tables, definitions, options)
                for number, fact in enumerate(tables.types[kind], 1)
            ),
            is_open=True,
        )
    return kind


def _component(
    name: str, fact: ComponentFact, tables: Release, definitions: dict[str, Field], options: Hl7Options
) -> Field:
    if fact.type not in tables.types:
        return _leaf(name, fact, options)
    ref = f"{fact.type}_component"
    if ref not in definitions:
        inner = tuple(_leaf(str(at), item, options) for at, item in enumerate(tables.types[fact.type], 1))
        definitions[ref] = Field(ref, Type.OBJECT, fields=inner, is_open=True)
    return Field(name, Type.OBJECT, fact.title, nullable=True, ref=ref)


def _leaf(name: str, fact: ComponentFact, options: Hl7Options) -> Field:
    return Field(
        name,
        _type(fact.type, options),
        fact.title,
        nullable=True,
        choices=_choices(fact.table),
        notation=_NOTATIONS.get(fact.type, fact.type),
    )


def _type(kind: str, options: Hl7Options) -> Type:
    known = _TYPES.get(kind, Type.TEXT)
    return known if options.values == "typed" or known is Type.ANY else Type.TEXT


def _choices(table: str | None) -> dict[str, str]:
    return codes()[table][1] if table in codes() else {}
