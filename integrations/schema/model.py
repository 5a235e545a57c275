"""The schema model: a tree of fields, as frozen dataclasses.

A schema says what keys a record has, what values stand there, how often, and how long they may be. It comes
from an importer (JSON Schema, XSD, a copybook, a table of segments, a sample …) or from a format's options,
and is told to others as JSON Schema (``json_schema.py``). The keys of a path are those of the records that
the format's reader gives, so a path through a schema is a path through a record.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

MAX_FIELDS = 50_000
MAX_DEPTH = 64

Path: TypeAlias = tuple[str, ...]


class Type(StrEnum):
    """What kind of value stands in a field. ANY: whatever the document holds."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "moment"
    BYTES = "bytes"
    OBJECT = "object"
    ANY = "any"


class Sensitivity(StrEnum):
    """The class of a value (docs/security.md). A field without one is ordinary business data."""

    PUBLIC = "c0"
    INTERNAL = "c1"
    CONFIDENTIAL = "c2"
    SECRET = "c3"  # noqa: S105  the name of a class
    SEALED = "c4"
    FORBIDDEN = "c5"


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a record and the values it may have.

    name: the key in its parent. title: for people. min_items, max_items: how often it stands; a field with
    ``repeats`` is a list in the record even when it holds one item; max_items None: no limit known. required:
    the key must be there (a repeating one: with an item). nullable: null is a value.
    fields: the keys of an OBJECT; is_open: others may stand beside them. ref: the name of a definition of the
    schema that describes this object instead (for structures that hold themselves).
    min_length, max_length: characters of a text, bytes of BYTES, digits of a number. scale: most digits after
    the point. minimum, maximum: of a number, inclusive. pattern: RE2, for the whole text.
    choices: code → label; the list is closed if ``is_closed``. notation: how the format itself writes the
    value (``CCYYMMDD``, ``N2``, ``an..35``, ``S9(7)V99 COMP-3``). default: what a reader may take as meant
    when the field is missing. canonical: the path in a canonical model (``order.customer.email``).
    """

    name: str
    type: Type
    title: str = ""
    description: str = ""
    required: bool = False
    nullable: bool = False
    repeats: bool = False
    min_items: int = 0
    max_items: int | None = None
    fields: tuple["Field", ...] = ()
    is_open: bool = False
    ref: str = ""
    min_length: int | None = None
    max_length: int | None = None
    scale: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    pattern: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    is_closed: bool = False
    notation: str = ""
    default: object = None
    examples: tuple[object, ...] = ()
    sensitivity: Sensitivity | None = None
    canonical: str = ""

    def child(self, name: str) -> "Field | None":
        """Find a key of this object."""
        return next((inner for inner in self.fields if inner.name == name), None)


@dataclass(frozen=True, slots=True)
class Schema:
    """What one record of a document holds.

    root: an OBJECT, named "". definitions: structures that fields refer to by ``ref``. origin: where it was
    read from, in words ("X12 004010 850", "orders.xsd, element Order").
    """

    root: Field
    definitions: Mapping[str, Field] = field(default_factory=dict)
    title: str = ""
    origin: str = ""

    def resolve(self, found: Field) -> tuple[Field, ...]:
        """Give the keys of an object field, through its definition if it refers to one."""
        if found.ref:
            return self.definitions[found.ref].fields
        return found.fields

    def find(self, path: Path) -> Field | None:
        """Follow keys from the root; lists are looked through. None where no field is declared."""
        found = self.root
        for key in path:
            inner = next((item for item in self.resolve(found) if item.name == key), None)
            if inner is None:
                return None
            found = inner
        return found

    def walk(self, max_depth: int = MAX_DEPTH) -> Iterator[tuple[Path, Field]]:
        """Yield every field below the root with its path, parents first.

        A structure is entered once on a path, so those that hold themselves end.
        """
        yield from self._walk((), self.root, frozenset(), max_depth)

    def _walk(
        self, path: Path, found: Field, entered: frozenset[str], depth: int
    ) -> Iterator[tuple[Path, Field]]:
        if depth == 0 or found.ref in entered:
            return
        inside = entered | {found.ref} if found.ref else entered
        for inner in self.resolve(found):
            here = (*path, inner.name)
            yield here, inner
            yield from self._walk(here, inner, inside, depth - 1)
