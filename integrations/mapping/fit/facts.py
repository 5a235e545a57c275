"""What is known of a value before anything runs: its kinds, lengths, digits, codes, and where it is from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from integrations.mapping.values import KINDS, Kind, Value
from integrations.schema.model import Field, Path, Type

AS_TEXT: Final = "text"
MAX_VALUES: Final = 2_000
_KINDS: Final = {
    Type.TEXT: Kind.TEXT,
    Type.INTEGER: Kind.INTEGER,
    Type.DECIMAL: Kind.NUMBER,
    Type.BOOLEAN: Kind.BOOLEAN,
    Type.DATE: Kind.DATE,
    Type.MOMENT: Kind.DATETIME,
    Type.BYTES: Kind.BYTES,
    Type.OBJECT: Kind.OBJECT,
    Type.ANY: Kind.ANY,
}


@dataclass(frozen=True, slots=True)
class Fact:
    """What an operation gives.

    kinds: without missing and null. declared: the field of the source schema that it is, for its keys.
    paths: the fields of the source that it is made of as they stand. item: of a list, what one item is.
    members: of an object made in the plan. may_lack: it may be missing or null. length: most characters of a
    text. digits, scale: most digits of a number, and of those after the point. values: all that it can be, as
    texts; None: not known. is_fixed: it stands in the plan.
    """

    kinds: Kind
    declared: Field | None = None
    paths: tuple[Path, ...] = ()
    item: "Fact | None" = None
    members: Mapping[str, "Fact"] | None = None
    may_lack: bool = False
    length: int | None = None
    digits: int | None = None
    scale: int | None = None
    values: frozenset[str] | None = None
    is_fixed: bool = field(default=False, compare=False)

    @property
    def is_list(self) -> bool:
        """Tell whether it is a list for sure."""
        return self.kinds is Kind.LIST


UNKNOWN: Final = Fact(Kind.ANY)


def kinds_of(found: Field) -> Kind:
    """Give the kinds of one value of a field, as it stands in the records."""
    if found.notation == AS_TEXT and found.type not in {Type.OBJECT, Type.ANY}:
        return Kind.TEXT
    return _KINDS[found.type]


def of_field(found: Field, path: Path, *, may_lack: bool) -> Fact:
    """Give what the schema says of a field."""
    lacks = may_lack or not found.required or found.nullable
    if found.repeats:
        return Fact(Kind.LIST, found, (path,), of_field(_single(found), path, may_lack=False), may_lack=lacks)
    kinds = kinds_of(found)
    codes = frozenset(found.choices) if found.is_closed and 0 < len(found.choices) <= MAX_VALUES else None
    length = found.max_length if kinds is Kind.TEXT and found.type is Type.TEXT else None
    if codes and length is None and kinds is Kind.TEXT:
        length = max(map(len, codes))
    return Fact(
        kinds,
        found,
        (path,),
        may_lack=lacks,
        length=length,
        digits=_digits(found) if kinds & Kind.NUMBER else None,
        scale=0 if found.type is Type.INTEGER else found.scale,
        values=codes,
    )


def _single(found: Field) -> Field:
    return replace(found, repeats=False, required=True, nullable=False)


def _digits(found: Field) -> int | None:
    """Give the most digits that a number field may have: as said, or by its bounds."""
    if found.max_length is not None or found.type is Type.ANY:
        return found.max_length
    if found.minimum is None or found.maximum is None:
        return None
    return max(abs(found.minimum).adjusted(), abs(found.maximum).adjusted()) + 1 + (found.scale or 0)


def of_value(value: Value) -> Fact:
    """Give what is known of a value that stands in the plan."""
    kind = KINDS[type(value)]
    if value is None:
        return Fact(Kind(0), may_lack=True, is_fixed=True)
    if isinstance(value, list):
        return Fact(kind, item=either(of_value(member) for member in value), is_fixed=True)
    if isinstance(value, dict):
        members = {key: of_value(member) for key, member in value.items()}
        return Fact(kind, members=members, is_fixed=True)
    digits = scale = None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
        exponent = number.as_tuple().exponent
        scale = max(0, -exponent) if isinstance(exponent, int) else None
        digits = max(1, number.adjusted() + 1) + (scale or 0)
    codes = frozenset({str(value)}) if isinstance(value, str | int) and not isinstance(value, bool) else None
    length = len(value) if isinstance(value, str) else None
    return Fact(kind, length=length, digits=digits, scale=scale, values=codes, is_fixed=True)


def either(facts: Iterable[Fact]) -> Fact:
    """Give what is known of a value that is one of several."""
    found = list(facts)
    if not found:
        return UNKNOWN
    kinds = Kind(0)
    for fact in found:
        kinds |= fact.kinds
    sure = [fact for fact in found if fact.kinds]
    if not sure:
        return found[0]
    values = [fact.values for fact in sure]
    first = sure[0]
    return Fact(
        kinds,
        first.declared if all(fact.declared == first.declared for fact in sure) else None,
        tuple(path for fact in sure for path in fact.paths),
        item=_same_item(sure),
        members=first.members if len(sure) == 1 else None,
        may_lack=any(fact.may_lack for fact in found),
        length=_most(fact.length for fact in sure),
        digits=_most(fact.digits for fact in sure),
        scale=_most(fact.scale for fact in sure),
        values=frozenset[str]().union(*(v for v in values if v is not None)) if None not in values else None,
        is_fixed=all(fact.is_fixed for fact in sure),
    )


def _same_item(facts: list[Fact]) -> Fact | None:
    items = [fact.item for fact in facts if fact.item is not None]
    return either(items) if len(items) == len(facts) else None


def _most(counts: Iterable[int | None]) -> int | None:
    found = list(counts)
    known = [count for count in found if count is not None]
    return max(known) if len(known) == len(found) else None


def total(counts: Iterable[int | None]) -> int | None:
    """Add up, where all are known."""
    found = list(counts)
    known = [count for count in found if count is not None]
    return sum(known) if len(known) == len(found) else None
