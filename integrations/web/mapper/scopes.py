"""The data before a step as the mapper draws it: what is known of it, completed by what a sample shows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from integrations.formats.codec import Value
from integrations.schema.infer import infer
from integrations.schema.model import Field, Schema, Type


@dataclass(frozen=True, slots=True)
class Source:
    """known: what the steps before say for sure, for checks. seen: with what a sample shows, for drawing."""

    known: Schema
    seen: Schema


def source(known: Schema, steps: frozenset[str], scope: Mapping[str, Value]) -> Source:
    """Take the steps that come before, and put what the sample shows where nothing is known."""
    fields = tuple(field for field in known.root.fields if field.name in steps)
    before = Schema(replace(known.root, fields=fields), known.definitions)
    shown = infer([{key: value for key, value in scope.items() if key in steps}])
    return Source(before, replace(before, root=_completed(before.root, shown.root)))


def _completed(known: Field, shown: Field) -> Field:
    """Put fields of a sample where anything may stand; types that are known are left."""
    if known.ref or shown.type is not Type.OBJECT:
        taken = known.type is Type.ANY and shown.type is not Type.ANY
        return _as(known, shown) if taken else known
    if known.type is Type.ANY:
        return _as(known, shown)
    found = {inner.name: inner for inner in shown.fields}
    own = tuple(
        _completed(inner, found[inner.name]) if inner.name in found else inner for inner in known.fields
    )
    more = (
        tuple(_loose(inner) for name, inner in found.items() if known.child(name) is None)
        if known.is_open
        else ()
    )
    return replace(known, fields=(*own, *more))


def _as(known: Field, shown: Field) -> Field:
    return replace(
        _loose(shown),
        name=known.name,
        title=known.title,
        description=known.description,
        required=known.required,
    )


def _loose(shown: Field) -> Field:
    """Say of a sample's field only what another document would hold too."""
    fields = tuple(map(_loose, shown.fields))
    return replace(shown, required=False, nullable=False, max_length=None, scale=None, fields=fields)
