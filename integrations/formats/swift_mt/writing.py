"""Write messages: fields in the order of their type, strays where they stood, blocks around them."""

from typing import Final

from integrations.errors import DecodeError, EncodeError
from integrations.formats.codec import Record, Value
from integrations.formats.swift_mt.blocks import write_entries, write_header
from integrations.formats.swift_mt.forms import field_forms
from integrations.formats.swift_mt.message import ENDS, TAG, UNEXPECTED, check_complete
from integrations.formats.swift_mt.narrative import write_narrative
from integrations.formats.swift_mt.options import SwiftMtOptions
from integrations.formats.swift_mt.tree import NARRATIVES, Level, MessageTree, trees

_OWN: Final = frozenset(
    {
        "type",
        "ack",
        "basic",
        "application",
        "user",
        "trailer",
        "system",
        "preamble",
        "end",
        "rest",
        "fields",
        UNEXPECTED,
    }
)


class MessageWriter:
    """Writes records as messages, compiled for the options."""

    def __init__(self, options: SwiftMtOptions) -> None:
        self.options = options
        self.forms = field_forms()
        self.trees = trees()

    def write(self, record: Record, place: str) -> str:
        """Write one message, its lines ended by LF. Raises EncodeError."""
        kind = str(record.get("type") or self.options.message)
        user = record.get("user")
        if kind == "103" and isinstance(user, dict) and user.get("119") == "STP":
            kind = "103_STP"
        tree = self.trees.get(kind)
        fields = self._fields(record, tree, place)
        body = "\n".join(f":{tag}:{text}" for tag, text in fields)
        try:
            return _wrap(record, body)
        except EncodeError as failure:
            raise EncodeError(
                failure.code, failure.message, hint=failure.hint, place=f"{place}, {failure.place}"
            ) from None

    def _fields(self, record: Record, tree: MessageTree | None, place: str) -> list[tuple[str, str]]:
        if tree is None or "fields" in record:
            listed = record.get("fields")
            known: frozenset[str] = frozenset()
            items = listed if isinstance(listed, list) else []
            if extra := record.keys() - _OWN:
                raise _extra(min(extra), place)
            return [self._field(item, known, place) for item in items]
        if self.options.complete:
            try:
                check_complete(record, tree.level)
            except DecodeError as failure:
                raise EncodeError(failure.code, failure.message, place=f"{place}, {failure.place}") from None
        strays: list[tuple[int, tuple[str, str]]] = []
        fields = self._level(record, tree.level, tree.level.tags, strays, place, is_top=True)
        return _merge(fields, strays)

    def _field(self, item: Value, known: frozenset[str], place: str) -> tuple[str, str]:
        tag = item.get("tag") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(tag, str) or not TAG.fullmatch(f":{tag}:"):
            raise EncodeError("swift_mt.not_a_field", "A field has a tag and a value.", place=place)
        return tag, self._text(tag, item.get("value"), known, place)

    def _text(self, tag: str, value: Value, known: frozenset[str], place: str) -> str:
        form = self.forms.get(tag)
        try:
            if tag == "86":
                text = write_narrative(value)
            elif form is not None:
                text = form.write(value)
            elif isinstance(value, str):
                text = value
            else:
                raise EncodeError("swift_mt.not_text", "A text was expected.")
        except EncodeError as failure:
            where = f"{place}, field {tag}" + (f", {failure.place}" if failure.place else "")
            raise EncodeError(failure.code, failure.message, hint=failure.hint, place=where) from None
        if "\n" in text or "\r" in text or "\0" in text:
            _check_lines(tag, text, known, place)
        return text

    def _level(
        self,
        group: Record,
        level: Level,
        known: frozenset[str],
        strays: list[tuple[int, tuple[str, str]]],
        place: str,
        *,
        is_top: bool = False,
    ) -> list[tuple[str, str]]:
        out: list[tuple[str, str]] = []
        used = {UNEXPECTED}
        for node in level.nodes:
            if node.sequence is not None:
                used.add(node.name)
                for at, one in enumerate(_listed(group.get(node.name)), 1):
                    where = f"{place}, {node.name}[{at}]"
                    if not isinstance(one, dict):
                        raise EncodeError("swift_mt.not_a_group", "A sequence is an object.", place=where)
                    out += self._level(one, node.sequence, known, strays, where)
                continue
            for tag in node.tags:
                if tag in group and tag not in used:
                    used.add(tag)
                    values = _listed(group[tag]) if node.is_list else (group[tag],)
                    out += [(tag, self._text(tag, value, known, place)) for value in values]
        extra = group.keys() - used - (_OWN if is_top else frozenset())
        if extra:
            raise _extra(min(extra), place)
        for item in _listed(group.get(UNEXPECTED)):
            position = item.get("position") if isinstance(item, dict) else None
            strays.append(
                (position if isinstance(position, int) else 1 << 30, self._field(item, known, place))
            )
        return out


def _extra(name: str, place: str) -> EncodeError:
    return EncodeError(
        "swift_mt.extra_field",
        "The message type has no such field here.",
        hint=f"Its list {UNEXPECTED} takes any field.",
        place=f"{place}, field {name[:20]}",
    )


def _listed(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _merge(fields: list[tuple[str, str]], strays: list[tuple[int, tuple[str, str]]]) -> list[tuple[str, str]]:
    """Put fields without a place back where they stood."""
    if not strays:
        return fields
    strays.sort(key=lambda found: found[0])
    out: list[tuple[str, str]] = []
    rest = iter(fields)
    for position, pair in strays:
        while len(out) < position and (found := next(rest, None)) is not None:
            out.append(found)
        out.append(pair)
    return [*out, *rest]


def _check_lines(tag: str, text: str, known: frozenset[str], place: str) -> None:
    """Refuse a line that would be read as the next field or as the end of the message."""
    lines = text.split("\n")
    for line in lines[1:]:
        found = TAG.match(line)
        is_field = found is not None and (found[1] in known or tag not in NARRATIVES)
        if is_field or ENDS.fullmatch(line):
            raise EncodeError(
                "swift_mt.line_start",
                "A line of the text would be read as a field or as the end of the message.",
                place=f"{place}, field {tag}",
            )
    if "\r" in text or "\0" in text or "" in lines[1:]:
        raise EncodeError(
            "swift_mt.line_start", "A text holds a blank line, CR or NUL.", place=f"{place}, field {tag}"
        )


def _wrap(record: Record, body: str) -> str:
    preamble = "".join(f"{line!s}\n" for line in _listed(record.get("preamble")))
    if not record.keys() & {"basic", "application", "user", "trailer"}:
        end = record.get("end", "-")
        return preamble + body + (f"\n{end!s}" if end else "")
    out = []
    ack = record.get("ack")
    if isinstance(ack, dict):
        out.append(_ack(ack))
    if "basic" in record:
        out.append(f"{{1:{write_header('basic', record['basic'])}}}")
    if "application" in record:
        out.append(f"{{2:{write_header('application', record['application'])}}}")
    if "user" in record:
        out.append(f"{{3:{write_entries(record['user'])}}}")
    if preamble or body:
        out.append(f"{{4:\n{preamble}{body}\n-}}" if body else f"{{4:\n{preamble}-}}")
    if "trailer" in record:
        out.append(f"{{5:{write_entries(record['trailer'])}}}")
    if "system" in record:
        out.append(f"{{S:{write_entries(record['system'])}}}")
    out.append(str(record.get("rest") or ""))
    return "".join(out)


def _ack(ack: Record) -> str:
    text = f"{{1:{write_header('basic', ack['basic'])}}}" if "basic" in ack else ""
    return f"{text}{{4:{write_entries(ack.get('fields') or {})}}}"
