"""Every operation by its key. A new one is an ``Op`` in its family's module; a new family, one line here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from integrations.mapping.ops import choice, compare, convert, dates, ids, lists, number, objects, paths, text
from integrations.mapping.ops.signature import Op

FAMILIES: Final[Mapping[str, tuple[Op, ...]]] = MappingProxyType(
    {
        "source": paths.OPS,
        "choice": choice.OPS,
        "compare": compare.OPS,
        "text": text.OPS,
        "convert": convert.OPS,
        "number": number.OPS,
        "date": dates.OPS,
        "list": lists.OPS,
        "object": objects.OPS,
        "identifier": ids.OPS,
    }
)
OPS: Final[Mapping[str, Op]] = MappingProxyType({op.key: op for family in FAMILIES.values() for op in family})
