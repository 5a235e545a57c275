"""Descriptions of IDocs → schemas and options.

SAP prints the structure of a basic type as a parser file (transaction WE60 or report RSEIDOC3): lines of a
word and its value, ``BEGIN_…`` and ``END_…`` around what belongs together.
"""

from dataclasses import dataclass, field

from integrations.errors import SchemaError
from integrations.formats.idoc.options import IdocOptions
from integrations.formats.idoc.structure import Message, Segment, control_segment, message_of, type_name
from integrations.schema.model import Field, Schema, Type

MAX_SEGMENTS = 1_000


@dataclass(slots=True)
class _Open:
    name: str
    written: str
    line: int
    level: int = 0
    parent: str = ""
    most: int = 0
    fields: list[dict[str, object]] = field(default_factory=list)


def options_of(text: str) -> dict[str, object]:
    """Read a parser file into options: the basic type and its segments.

    Raises SchemaError ``idoc.parser_file`` with the line.
    """
    reader = _ParserFile()
    for number, line in enumerate(text.splitlines(), 1):
        word, _, value = (
            line.strip().partition(" ") if "\t" not in line.strip() else line.strip().partition("\t")
        )
        reader.take(word.upper(), value.strip(), number)
    if not reader.done:
        raise _wrong("The text describes no segment.", 1)
    return {"message": reader.message, "segments": [_table(found) for found in reader.done]}


class _ParserFile:
    """Takes the lines of a parser file one after the other."""

    def __init__(self) -> None:
        self.message = ""
        self.done: list[_Open] = []
        self.open: _Open | None = None
        self.field: dict[str, str] | None = None
        self.levels: dict[int, str] = {}

    def take(self, word: str, value: str, line: int) -> None:
        if word == "BEGIN_IDOC":
            self.message = value
        elif word == "BEGIN_SEGMENT" and value:
            self._begin(value, line)
        elif word == "END_SEGMENT" and self.open is not None:
            self._end_field(line)
            self._end()
        elif self.open is not None:
            self._inside(self.open, word, value, line)

    def _begin(self, value: str, line: int) -> None:
        if self.open is not None:
            self._end()
        if len(self.done) >= MAX_SEGMENTS:
            raise _wrong(f"More than {MAX_SEGMENTS} segments are described.", line)
        self.open = _Open(type_name(value), value, line)

    def _inside(self, found: _Open, word: str, value: str, line: int) -> None:
        if word == "SEGMENTTYPE":
            found.name = value
        elif word == "LEVEL":
            found.level = _number(value, line)
        elif word == "LOOPMAX":
            found.most = _number(value, line)
        elif word == "NAME":
            self._end_field(line)
            self.field = {"name": value}
        elif word == "END_FIELDS":
            self._end_field(line)
        elif self.field is not None and word in {"TEXT", "LENGTH", "TYPE"}:
            self.field[word.lower()] = value

    def _end_field(self, line: int) -> None:
        if self.field is None or self.open is None:
            return
        length = _number(self.field.get("length", ""), line)
        self.open.fields.append(
            {"name": self.field["name"], "length": length, "title": self.field.get("text", "")[:200]}
        )
        self.field = None

    def _end(self) -> None:
        found = self.open
        self.open = None
        if found is None or not found.fields:
            return
        found.parent = next(
            (self.levels[level] for level in sorted(self.levels, reverse=True) if level < found.level), ""
        )
        self.levels = {level: name for level, name in self.levels.items() if level < found.level}
        self.levels[found.level] = found.name
        if found.name not in {other.name for other in self.done}:
            self.done.append(found)


def _table(found: _Open) -> dict[str, object]:
    return {
        "name": found.name,
        "written": found.written,
        "parent": found.parent,
        "fields": found.fields,
        "max_items": found.most if 0 < found.most < 10**9 else None,
    }


def _number(text: str, line: int) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 12:
        raise _wrong("A number was expected.", line)
    return int(text)


def _wrong(message: str, line: int) -> SchemaError:
    return SchemaError(
        "idoc.parser_file",
        message,
        place=f"line {line}",
        hint="In SAP: transaction WE60, the basic type, then Documentation, Parser.",
    )


def schema_of(options: IdocOptions) -> Schema | None:
    """Describe the IDocs that these options read; None where only the control record tells the type."""
    message = message_of(options.message, options)
    if not message.segments:
        return None
    control = Field(
        "control", Type.OBJECT, "Control record", required=True, fields=_columns(control_segment())
    )
    fields = (control, *_below("", message, 0))
    return Schema(
        Field("", Type.OBJECT, fields=fields, is_open=True),
        title=message.title,
        origin=f"SAP IDoc {message.name}".strip(),
    )


def _below(parent: str, message: Message, depth: int) -> tuple[Field, ...]:
    inside = [segment for segment in message.segments.values() if segment.parent == parent and depth < 50]
    return tuple(
        Field(
            segment.name,
            Type.OBJECT,
            repeats=True,
            max_items=segment.max_items,
            is_open=True,
            fields=(*_columns(segment), *_below(segment.name, message, depth + 1)),
            notation=segment.written,
        )
        for segment in inside
    )


def _columns(segment: Segment) -> tuple[Field, ...]:
    return tuple(
        Field(column.name, Type.TEXT, segment.titles[column.name], max_length=column.length)
        for column in segment.layout.columns
    )
