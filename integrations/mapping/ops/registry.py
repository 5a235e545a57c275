"""Every operation by its key. A new one is an ``Op`` in its family's module; a new family, one line here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from integrations.mapping.ops import (
    calendar,
    check_digits,
    choice,
    codes,
    compare,
    convert,
    dates,
    encode,
    expert,
    ids,
    items,
    letters,
    lists,
    money,
    number,
    objects,
    paths,
    patterns,
    segments,
    text,
    units,
    zones,
)
from integrations.mapping.ops.signature import Op

FAMILIES: Final[Mapping[str, tuple[Op, ...]]] = MappingProxyType(
    {
        "source": paths.OPS,
        "choice": choice.OPS,
        "compare": compare.OPS,
        "text": (*text.OPS, *patterns.OPS, *letters.OPS),
        "convert": convert.OPS,
        "number": number.OPS,
        "money": money.OPS,
        "unit": units.OPS,
        "date": (*dates.OPS, *zones.OPS, *calendar.OPS),
        "list": (*lists.OPS, *items.OPS),
        "object": objects.OPS,
        "segment": segments.OPS,
        "code": codes.OPS,
        "check digit": check_digits.OPS,
        "encoding": encode.OPS,
        "expert": expert.OPS,
        "identifier": ids.OPS,
    }
)
OPS: Final[Mapping[str, Op]] = MappingProxyType({op.key: op for family in FAMILIES.values() for op in family})
