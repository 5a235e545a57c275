"""What may stand where: elements, their types, and the states of a content model.

A model without an XSD has one type, ANY, in which every element may hold everything. The parser's names are
looked up in a state: what comes back is the state after that element, and the element.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, TypeAlias

from typing_extensions import override

from integrations.formats.codec import Value
from integrations.formats.xml_text.names import Names, parted
from integrations.schema.model import Field

_MAX_NAMES = 10_000


class Invalid(Exception):  # noqa: N818  a finding, not an error: the builder makes one of it, with its place
    """A value that its type does not allow. args: the rule (``length``), what is wrong."""


class Kind(IntEnum):
    """What is between the tags of an element."""

    ANY = 0
    SIMPLE = 1
    VALUE = 2  # simple content with attributes: an object with #text
    CHILDREN = 3
    MIXED = 4
    NIL = 5


class Mode(IntEnum):
    """How a child comes into the record of its parent."""

    ONE = 0
    LIST = 1
    LOOSE = 2  # a list when it repeats; the order is watched
    LOOSE_LIST = 3
    ASKED = 4  # as the paths of the option say


LISTS: Final = frozenset({Mode.LIST, Mode.LOOSE_LIST})


@dataclass(frozen=True, slots=True)
class Simple:
    """A simple type. read: text to value, raises Invalid. write: value to text, raises Invalid.

    field: what the schema model says of it, without name. is_qname: a prefix in the text means a namespace,
    and the value shall not depend on it.
    """

    read: Callable[[str], Value]
    write: Callable[[Value], str]
    field: Field
    is_qname: bool = False


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute that an element may have. name: as the parser writes it."""

    key: str
    name: str
    simple: Simple
    is_required: bool = False


class State(dict[str, "Entry | None"]):
    """A point in a content model: the parser's name → what follows it and the element, or None."""

    accepting: bool = True

    def __missing__(self, name: str) -> "Entry | None":
        """Say what follows an element that is not looked up for the first time: here nothing may."""
        return None

    def expected(self) -> list[str]:
        """Give the keys of elements that may stand here."""
        return []


@dataclass(slots=True, eq=False)
class Type:
    """What is in an element.

    attributes: by the parser's name; by_key: by that of the record. any_attributes: others may stand there.
    limits: key → (fewest, most) where the states do not count. loose: the type binds nobody, and what it does
    not know is read by this state; None: it binds.
    """

    kind: Kind
    name: str = ""
    start: State = field(default_factory=State)
    simple: Simple | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    by_key: Mapping[str, Attribute] = field(default_factory=dict)
    required: tuple[Attribute, ...] = ()
    any_attributes: bool = False
    limits: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)
    children: tuple["Element", ...] = ()
    loose: "AnyState | None" = None


class Element:
    """One element where it stands.

    name: as the parser writes it. xmlns: the default namespace that it declares, for ANY. is_special: its
    start needs more than an empty record. has_record: it begins with an empty one.
    """

    __slots__ = (
        "has_record",
        "is_special",
        "key",
        "kind",
        "limits",
        "max_items",
        "min_items",
        "mode",
        "name",
        "nillable",
        "read",
        "start",
        "type",
        "xmlns",
    )

    def __init__(
        self,
        key: str,
        name: str,
        type: Type,  # noqa: A002  the field's own name
        mode: Mode = Mode.ONE,
        *,
        xmlns: str | None = None,
        nillable: bool = False,
        min_items: int = 0,
        max_items: int | None = 1,
    ) -> None:
        self.key, self.name, self.type, self.mode = key, name, type, mode
        self.xmlns, self.nillable = xmlns, nillable
        self.min_items, self.max_items = min_items, max_items
        self.settle()

    def settle(self) -> None:
        """Look at the type again, once it is complete."""
        # Beside the element, because the hot loop asks for them at every tag.
        kind = self.kind = self.type.kind
        self.start, self.limits = self.type.start, self.type.limits
        self.is_special = self.xmlns is not None or bool(self.type.required) or kind is Kind.MIXED
        self.has_record = kind in {Kind.CHILDREN, Kind.VALUE}
        simple = self.type.simple if kind is Kind.SIMPLE else None
        self.read = simple.read if simple is not None and not simple.is_qname else None


Entry: TypeAlias = tuple[State, Element]


class Roots(State):
    """The elements that may be outermost."""

    @override
    def expected(self) -> list[str]:
        return [entry[1].key for entry in self.values() if entry is not None]


class AnyState(State):
    """Every element, in one default namespace. Its entries are kept: names come again."""

    def __init__(self, names: Names, default: str, modes: Callable[[str], Mode]) -> None:
        super().__init__()
        self.names, self.default, self.modes = names, default, modes
        self.type = Type(Kind.ANY, start=self, any_attributes=True)
        self.inner: dict[str, AnyState] = {default: self}

    @override
    def __missing__(self, name: str) -> Entry:
        namespace, local = parted(name)
        key, default = self.names.element_key(namespace, local, self.default)
        inside = self if default == self.default else self._in(default)
        entry = (
            self,
            Element(key, name, inside.type, self.modes(key), xmlns=None if inside is self else default),
        )
        if len(self) < _MAX_NAMES:
            self[name] = entry
        return entry

    def _in(self, default: str) -> "AnyState":
        state = self.inner.get(default)
        if state is None:
            state = self.beside(default)
            if len(self.inner) < _MAX_NAMES // 100:
                self.inner[default] = state
                state.inner = self.inner
        return state

    def beside(self, default: str) -> "AnyState":
        """Give the state inside an element that declares another default namespace."""
        return AnyState(self.names, default, self.modes)


NIL: Final = Type(Kind.NIL, any_attributes=True)


@dataclass(frozen=True, slots=True)
class Model:
    """What a document may hold. root: the state before the outermost element.

    types: the named types, by the parser's way to write names, for xsi:type. anything: the state inside what
    is not described.
    """

    names: Names
    root: State
    anything: AnyState
    types: Mapping[str, Type] = field(default_factory=dict)


def untyped(names: Names, modes: Callable[[str], Mode] = lambda _: Mode.LOOSE) -> Model:
    """Give the model of a document without a schema."""
    anything = AnyState(names, names.default, modes)
    return Model(names, anything, anything)
