"""Picking segments of EDI messages by qualifier: ``N1[01=ST]``, ``NAD[3035=BY]``, ``DTM[C507.2005=137]``.

Works on what the segment formats give: lists of segments (``[{"01": "ST", …}]``), lists of loops that hold
them (``[{"N1": {"01": "ST"}, "N3": […]}]``), or a single one.
"""

import re
from dataclasses import dataclass
from typing import Final

from integrations.errors import MappingError
from integrations.mapping.allowance import Allowance
from integrations.mapping.ops.signature import Arg, Example, Op
from integrations.mapping.values import MISSING, Kind, Result, Value, at

SELECTOR: Final = re.compile(r"([A-Za-z0-9_]*)\[([^\]]{1,200})\]")
CONDITION: Final = re.compile(r"([A-Za-z0-9_.]+)=([^,]*)")


@dataclass(frozen=True, slots=True)
class Selector:
    """Which segments are meant. tag: the segment that carries the qualifiers, "" for the items themselves.

    conditions: keys on the way to an element, and the texts it may be.
    """

    tag: str
    conditions: tuple[tuple[tuple[str, ...], frozenset[str]], ...]


def selector(text: str) -> Selector:
    """Read ``N1[01=ST|SF,02=92]``. Raises MappingError ``mapping.segment``."""
    found = SELECTOR.fullmatch(text)
    conditions = [CONDITION.fullmatch(part.strip()) for part in found[2].split(",")] if found else [None]
    if found is None or None in conditions:
        raise MappingError(
            "mapping.segment",
            "The choice of a segment cannot be read.",
            hint="For example N1[01=ST], NAD[3035=BY|SU], DTM[C507.2005=137] or [01=PO].",
        )
    read = [(tuple(part[1].split(".")), frozenset(part[2].split("|"))) for part in conditions if part]
    return Selector(found[1], tuple(read))


def _parts(allowance: Allowance, value: Result) -> list[Value]:
    """Give a repeated part as a list, a single one as a list of one."""
    if isinstance(value, list):
        allowance.work(len(value))
        return value
    return [] if value is MISSING or value is None else [value]


def _holds(allowance: Allowance, part: Value, keys: tuple[str, ...], texts: frozenset[str]) -> bool:
    found = [part]
    for key in keys:
        found = [inner for outer in found for inner in _parts(allowance, at(outer, key))]
    return any(
        (value if isinstance(value, str) else str(value)) in texts for value in found if _is_text(value)
    )


def _is_text(value: Value) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _is_chosen(allowance: Allowance, item: Value, chosen: Selector) -> bool:
    carriers = _parts(allowance, at(item, chosen.tag)) if chosen.tag else [item]
    return any(
        all(_holds(allowance, carrier, keys, texts) for keys, texts in chosen.conditions)
        for carrier in carriers
    )


def _taken(item: Value, keys: tuple[str | int, ...]) -> Result:
    result: Result = item
    for key in keys:
        result = at(result, key)
    return result


def _segment(
    allowance: Allowance, found: list[Value] | dict[str, Value], chosen: Selector, *keys: str | int
) -> Result:
    for item in _parts(allowance, found):
        if _is_chosen(allowance, item, chosen):
            return _taken(item, keys)
    return MISSING


def _segments(
    allowance: Allowance, found: list[Value] | dict[str, Value], chosen: Selector, *keys: str | int
) -> list[Value]:
    items = (item for item in _parts(allowance, found) if _is_chosen(allowance, item, chosen))
    taken = (_taken(item, keys) for item in items)
    return [value for value in taken if value is not MISSING]


WITHIN: Final = Arg("segments", Kind.LIST | Kind.OBJECT)
CHOICE: Final = Arg("choice", Kind.TEXT, fixed=True, prepare=selector)
KEYS: Final = Arg("key", Kind.TEXT | Kind.INTEGER, fixed=True)
PARTIES: Final[dict[str, Value]] = {
    "N1_loop": [
        {"N1": {"01": "BT", "02": "Head office"}},
        {"N1": {"01": "ST", "02": "Shop 7", "04": "007"}, "N4": {"01": "Bangkok"}},
    ],
    "REF": [{"01": "DP", "02": "12"}, {"01": "IA", "02": "99"}, {"01": "DP", "02": "13"}],
    "SG2": [{"NAD": {"3035": "BY", "C082": {"3039": "4000001000005"}}}],
    "DTM": [{"C507": {"2005": "137", "2380": "20260301"}}],
}

OPS: Final = (
    Op(
        key="segment",
        title="Segment by qualifier",
        help="The first segment or loop of a list whose elements have the given values, such as N1[01=ST]: "
        "the loop whose N1 has ST as its first element. Without a name, [01=ST], the segments of the list "
        "themselves are meant; several values are written 01=ST|SF, several elements 01=ST,03=92, elements "
        "of composites C507.2005=137. Further arguments are the path to a value in it.",
        args=(WITHIN, CHOICE),
        rest=KEYS,
        run=_segment,
        needs_allowance=True,
        examples=(
            Example(["segment", ["get", "N1_loop"], "N1[01=ST]", "N4", "01"], "Bangkok", PARTIES),
            Example(["segment", ["get", "REF"], "[01=IA]"], {"01": "IA", "02": "99"}, PARTIES),
            Example(
                ["segment", ["get", "SG2"], "NAD[3035=BY|SU]", "NAD", "C082", "3039"],
                "4000001000005",
                PARTIES,
            ),
            Example(["segment", ["get", "DTM"], "[C507.2005=137]", "C507", "2380"], "20260301", PARTIES),
            Example(["segment", ["get", "N1_loop"], "N1[01=SF]"], MISSING, PARTIES),
            Example(["segment", ["get", "N1_loop"], "N1(01=SF)"], error="mapping.segment"),
        ),
    ),
    Op(
        key="segments",
        title="Segments by qualifier",
        help="All segments or loops of a list whose elements have the given values, such as REF[01=DP]; with "
        "a path, the values found there.",
        args=(WITHIN, CHOICE),
        rest=KEYS,
        result=Kind.LIST,
        run=_segments,
        needs_allowance=True,
        examples=(
            Example(["segments", ["get", "REF"], "[01=DP]", "02"], ["12", "13"], PARTIES),
            Example(["segments", ["get", "N1_loop"], "N1[01=ST,02=Shop 7]", "N1", "04"], ["007"], PARTIES),
            Example(["segments", ["get", "gone"], "[01=DP]"], MISSING, PARTIES),
        ),
    ),
)
