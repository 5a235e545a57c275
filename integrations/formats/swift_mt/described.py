"""The schema of a message type, made of the tables."""

from integrations.formats.swift_mt.forms import FieldForm, codes, field_forms
from integrations.formats.swift_mt.options import SwiftMtOptions
from integrations.formats.swift_mt.tree import Level, MessageTree, Node
from integrations.schema.model import Field, Schema, Sensitivity, Type

_TYPES = {
    "date": Type.DATE,
    "value_date": Type.DATE,
    "entry_date": Type.DATE,
    "amount": Type.DECIMAL,
    "rate": Type.DECIMAL,
}
_LISTS = {"details", "name_and_address"}
_ACCOUNTS = {"25", "25A", "account", "party_identifier"}
_HEADERS = (
    ("basic", "Basic header", ("application", "service", "terminal", "session", "sequence")),
    ("application", "Application header", ("direction", "type", "receiver", "priority")),
    ("user", "User header", ()),
    ("trailer", "Trailer", ()),
)


def describe(tree: MessageTree, options: SwiftMtOptions) -> Schema:
    """Describe the record of a message type."""
    is_typed = options.values == "typed"
    headers = tuple(
        Field(
            name,
            Type.OBJECT,
            title,
            is_open=True,
            fields=tuple(Field(part, Type.TEXT, part.replace("_", " ").capitalize()) for part in parts),
        )
        for name, title, parts in _HEADERS
    )
    root = (
        Field("type", Type.TEXT, "Message type", required=True),
        *headers,
        *_level(tree.level, is_typed=is_typed),
    )
    title = f"MT{tree.type.replace('_', ' ')} {tree.title}"
    return Schema(Field("", Type.OBJECT, fields=root, is_open=True), title=title, origin=f"SWIFT {title}")


def _level(level: Level, *, is_typed: bool) -> tuple[Field, ...]:
    found: dict[str, Field] = {}
    for node in level.nodes:
        if node.sequence is not None:
            found[node.name] = Field(
                node.name,
                Type.OBJECT,
                f"Sequence {node.name}",
                required=node.is_needed,
                repeats=node.is_list,
                fields=_level(node.sequence, is_typed=is_typed),
                is_open=True,
            )
            continue
        for tag in node.tags:
            found.setdefault(tag, _field(tag, node, is_typed=is_typed))
    return tuple(found.values())


def _field(tag: str, node: Node, *, is_typed: bool) -> Field:
    form = field_forms().get(tag) or FieldForm(tag, "", "", ())
    components = _components(tag, form) if is_typed else ()
    return Field(
        tag,
        Type.OBJECT if components else Type.TEXT,
        form.title,
        required=node.is_needed and len(node.tags) == 1,
        repeats=node.is_list,
        max_items=(node.limit or None) if node.is_list else None,
        fields=components,
        is_open=tag == "86",
        notation=form.notation,
        choices=codes().get(tag, {}),
        sensitivity=Sensitivity.SECRET if tag in _ACCOUNTS else None,
    )


def _components(tag: str, form: FieldForm) -> tuple[Field, ...]:
    if tag == "86":
        sepa = tuple(Field(key, Type.TEXT, title) for key, title in codes()["sepa"].items())
        names = {"text": "Free text", "code": "Business transaction code"}
        names |= {key: title for key, title in codes()["subfields_86"].items() if key.isdigit()}
        plain = tuple(Field(key, Type.TEXT, title) for key, title in names.items())
        return (*plain, Field("sepa", Type.OBJECT, "SEPA keywords of the purpose", fields=sepa))
    if not form.forms:
        return ()
    names_of = ("mark" if name == "line_mark" else name for name in form.forms[0].names)
    return tuple(
        Field(
            name,
            _TYPES.get(name, Type.TEXT),
            name.replace("_", " ").capitalize(),
            repeats=name in _LISTS,
            choices=codes()["mark"] if name == "mark" else {},
            sensitivity=Sensitivity.SECRET if name in _ACCOUNTS else None,
        )
        for name in names_of
    )
