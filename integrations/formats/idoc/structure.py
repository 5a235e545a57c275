"""What is known of message types: their segments, the fields of these, and which belongs to which."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import msgspec

from integrations.formats.idoc.options import IdocOptions
from integrations.formats.segments.positional import Layout, compile_cut, compile_fill, in_a_row

CONTROL_LENGTH = 524
HEAD_LENGTH = 63
CONTROL = "EDI_DC40"
HEAD = in_a_row(
    "head", (("SEGNAM", 30), ("MANDT", 3), ("DOCNUM", 16), ("SEGNUM", 6), ("PSGNUM", 6), ("HLEVEL", 2))
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment type, compiled. name: E1…; written: the name in files. titles: by the names of its fields."""

    name: str
    written: str
    parent: str
    layout: Layout
    titles: Mapping[str, str]
    max_items: int | None
    cut: Callable[[str], dict[str, str]]
    fill: Callable[[Mapping[str, str]], str]


@dataclass(frozen=True, slots=True)
class Message:
    """A message type. segments: by name, in the order of the table."""

    name: str
    title: str
    segments: Mapping[str, Segment]


class _Type(msgspec.Struct, frozen=True):
    title: str
    type: str
    parents: dict[str, str]
    own: dict[str, str] = {}


class _Tables(msgspec.Struct, frozen=True):
    control: str
    segments: dict[str, str]
    types: dict[str, _Type]


@lru_cache(maxsize=1)
def tables() -> _Tables:
    """Load the tables; fields are written ``NAME length title`` and joined by bars."""
    raw = files(__package__).joinpath("tables/idoc.json").read_bytes()
    return msgspec.json.decode(raw, type=_Tables)


@lru_cache(maxsize=1)
def control_segment() -> Segment:
    """Compile the control record."""
    return _compile(CONTROL, CONTROL, "", _fields(tables().control))


@lru_cache(maxsize=64)
def message_of(name: str, options: IdocOptions) -> Message:
    """Compile what is known of a basic type (``ORDERS05``); an unknown one has only own segments.

    Newer and older releases differ at the end of their segments, so the tables of one serve for all.
    """
    known = tables().types.get(name[:6])
    segments: dict[str, Segment] = {}
    for own in options.segments:
        fields = tuple((field.name, field.length, field.title) for field in own.fields)
        segments[own.name] = _compile(own.name, own.written, own.parent, fields, own.max_items)
    for key, parent in known.parents.items() if known else ():
        if key not in segments:
            fields = _fields(known.own.get(key) or tables().segments[key]) if known else ()
            segments[key] = _compile(key, "", parent, fields)
    return Message(name, known.title if known else "", segments)


def type_name(written: str) -> str:
    """Give the segment type for a name in a file: ``E2EDK01005`` is ``E1EDK01``."""
    if len(written) > 1 and written[1] == "2":
        bare = written[0] + "1" + written[2:]
        return bare[:-3] if len(bare) > 7 and bare[-3:].isdigit() else bare
    return written


def _fields(text: str) -> tuple[tuple[str, int, str], ...]:
    made = []
    for part in text.split("|"):
        name, length, title = part.split(" ", 2)
        made.append((name, int(length), title))
    return tuple(made)


def _compile(
    name: str,
    written: str,
    parent: str,
    fields: tuple[tuple[str, int, str], ...],
    max_items: int | None = None,
) -> Segment:
    layout = in_a_row(name, tuple((field, length) for field, length, _ in fields))
    default = name[0] + "2" + name[2:] if len(name) > 1 and name[1] == "1" else name
    return Segment(
        name,
        written or default,
        parent,
        layout,
        {field: title for field, _, title in fields},
        max_items,
        compile_cut(layout),
        compile_fill(layout),
    )
