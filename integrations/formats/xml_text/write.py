"""Records to text: elements in the order of the record, or of the schema where there is one."""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from integrations.errors import EncodeError
from integrations.formats.codec import Record, Value
from integrations.formats.xml_text.model import Model
from integrations.formats.xml_text.names import NCNAME, XSI, joined

MAX_DEPTH = 120
_FORBIDDEN = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
IN_TEXT = re.compile(f"[&<>\r{_FORBIDDEN}]").search
_IN_ATTRIBUTE = re.compile(f'[&<>"\r\n\t{_FORBIDDEN}]').search
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ATTRIBUTE_ESCAPES = _ESCAPES | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})
_NEVER = re.compile(f"[{_FORBIDDEN}]").search
_NIL = ' xsi:nil="true"'


class Unwritable(Exception):  # noqa: N818  it becomes an EncodeError as soon as its path is known
    """A value that XML, or the schema, cannot hold. path: keys, the innermost first."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(code, message)
        self.code, self.message, self.hint = code, message, hint
        self.path: list[str] = []

    def error(self, place: str) -> EncodeError:
        """Give the error, with its place."""
        where = "/".join(key if len(key) <= 60 else "…" for key in reversed(self.path))
        return EncodeError(f"xml.{self.code}", self.message, hint=self.hint, place=f"{place}, {where}")


def escaped(text: str) -> str:
    """Write a text as it stands between tags."""
    if IN_TEXT(text) is None:
        return text
    if _NEVER(text):
        raise Unwritable("character", "A text holds a character that XML cannot hold.")
    return text.translate(_ESCAPES)


def quoted(text: str) -> str:
    """Write a text as it stands in an attribute, without the quotes."""
    if _IN_ATTRIBUTE(text) is None:
        return text
    if _NEVER(text):
        raise Unwritable("character", "A text holds a character that XML cannot hold.")
    return text.translate(_ATTRIBUTE_ESCAPES)


def plain(value: Value) -> str:
    """Write a value that no schema describes."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise Unwritable("value", "A value of this kind cannot be the text of an element or attribute.")


def moment_text(value: datetime) -> str:
    """Write a moment with as many digits of a second as it has."""
    text = value.isoformat()
    if value.microsecond:
        at = text.index(".") + 7
        text = text[:at].rstrip("0") + text[at:]
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


class Out:
    """The text of a document as it grows.

    used: prefixes that it needs. is_stream: the first tag is written before they are known; it declares all
    prefixes but xsi.
    """

    def __init__(
        self, model: Model, *, pretty: bool = False, encoding: str = "utf-8", is_stream: bool = False
    ) -> None:
        self.is_stream = is_stream
        self.model, self.pretty, self.encoding = model, pretty, encoding
        self.parts: list[str] = []
        self.used: set[str] = set()
        self.plain_attributes: set[str] = set()
        self.tags: dict[str, str] = {}
        self.names: dict[tuple[str, str], str] = {}

    def tag(self, key: str) -> str:
        """Check an element's key: it is what stands in the tag."""
        prefix, colon, local = key.rpartition(":")
        if not NCNAME.fullmatch(local) or (colon and prefix not in self.model.names.namespaces):
            raise Unwritable(
                "name",
                "The name of a field cannot be the name of an element.",
                "Names begin with a letter or _ and hold no spaces; a prefix must stand in the options.",
            )
        self._check_encoding(key)
        if prefix:
            self.used.add(prefix)
        self.tags[key] = key
        return key

    def _check_encoding(self, name: str) -> None:
        try:
            name.encode(self.encoding)
        except UnicodeEncodeError:
            message = f"The name of a field has a character that {self.encoding} does not have."
            raise Unwritable("encoding", message, "Write the document in UTF-8.") from None

    def name(self, key: str, default: str) -> str:
        """Give the parser's name of a key."""
        found = self.names.get((key, default))
        if found is None:
            self.tag(key)
            prefix, colon, local = key.rpartition(":")
            found = joined(self.model.names.namespaces[prefix] if colon else default, local)
            self.names[key, default] = found
        return found

    def element(self, key: str, value: Value, depth: int) -> None:
        """Write an element that no schema describes."""
        try:
            tag = self.tags.get(key) or self.tag(key)
            if isinstance(value, str):
                self.parts.append(f"<{tag}>{escaped(value)}</{tag}>" if value else f"<{tag}/>")
            elif isinstance(value, dict):
                self._record(tag, value, depth)
            elif value is None:
                self.used.add("xsi")
                self.parts.append(f"<{tag}{self.with_xsi(_NIL)}/>")
            elif isinstance(value, list):
                raise Unwritable("nested_list", "A list stands directly in a list.")
            else:
                self.parts.append(f"<{tag}>{escaped(plain(value))}</{tag}>")
        except Unwritable as failure:
            failure.path.append(key)
            raise

    def _record(self, tag: str, record: Record, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise Unwritable("too_deep", f"Records are nested deeper than {MAX_DEPTH} levels.")
        opening = len(self.parts)
        self.parts.append("")
        attributes = self.attributes(record)
        parts = self.parts
        if "#mixed" in record:
            self._mixed(record["#mixed"], depth)
        elif "#order" in record:
            for key, value in ordered(record):
                self.line(depth + 1)
                self.element(key, value, depth + 1)
            self.line(depth)
        else:
            self._children(record, depth)
        is_empty = len(parts) == opening + 1
        parts[opening] = f"<{tag}{attributes}/>" if is_empty else f"<{tag}{attributes}>"
        if not is_empty:
            parts.append(f"</{tag}>")

    def _children(self, record: Record, depth: int) -> None:
        has_children = False
        for key, value in record.items():
            if key[:1] == "@":
                continue
            if key == "#text":
                self.parts.append(escaped(plain(value)) if value is not None else "")
                if not self.parts[-1]:
                    self.parts.pop()
                continue
            for item in value if isinstance(value, list) else (value,):
                has_children = True
                if self.pretty:
                    self.line(depth + 1)
                self.element(key, item, depth + 1)
        if has_children and self.pretty:
            self.line(depth)

    def line(self, depth: int) -> None:
        """Begin a line, if the document is for people."""
        if self.pretty:
            self.parts.append("\n" + "  " * depth)

    def _mixed(self, pieces: Value, depth: int) -> None:
        pretty, self.pretty = self.pretty, False
        for piece in pieces if isinstance(pieces, list) else ():
            if isinstance(piece, dict) and len(piece) == 1:
                ((key, value),) = piece.items()
                self.piece(key, value, depth + 1)
            else:
                self.parts.append(escaped(plain(piece)))
        self.pretty = pretty

    def piece(self, key: str, value: Value, depth: int) -> None:
        """Write an element, a comment (``#comment``) or an instruction (``?target``)."""
        if key == "#comment" or key[:1] == "?":
            text = plain(value)
            is_comment = key == "#comment"
            bad = "--" in text or text.endswith("-") if is_comment else "?>" in text
            if bad or _NEVER(text) or not (is_comment or NCNAME.fullmatch(key[1:])):
                raise Unwritable("note", "A comment or instruction cannot be written with this text.")
            space = " " if text else ""
            self.parts.append(f"<!--{text}-->" if is_comment else f"<{key}{space}{text}?>")
        else:
            self.element(key, value, depth)

    def attributes(self, record: Record) -> str:
        """Write the attributes of a record, each with a space before it."""
        text = ""
        for key, value in record.items():
            if key[:1] == "@":
                try:
                    text += self.attribute(key, plain(value), len(text))
                except Unwritable as failure:
                    failure.path.append(key)
                    raise
        return self.with_xsi(text)

    def with_xsi(self, attributes: str) -> str:
        """Declare the prefix xsi beside its attributes, where the first tag does not."""
        if self.is_stream and " xsi:" in attributes:
            return f' xmlns:xsi="{XSI}"{attributes}'
        return attributes

    def attribute(self, key: str, text: str, number: int) -> str:
        """Write one attribute. number: for a prefix that nothing else has."""
        name = key[1:]
        if name in self.plain_attributes:
            return f' {name}="{quoted(text)}"'
        if name == "xmlns" or (name[:6] == "xmlns:" and NCNAME.fullmatch(name[6:])):
            return f' {name}="{quoted(text)}"'
        declared = ""
        if name == "xsi:type" and text[:1] == "{":
            namespace, _, local = text[1:].partition("}")
            declared, text = f' xmlns:t{number}="{quoted(namespace)}"', f"t{number}:{local}"
        elif name == "xsi:type" and ":" in text:
            self.used.add(text.partition(":")[0])
        prefix, colon, local = name.rpartition(":")
        if name[:1] == "{":
            namespace, _, local = name[1:].partition("}")
            declared += f' xmlns:n{number}="{quoted(namespace)}"'
            name = f"n{number}:{local}"
        elif colon and prefix in self.model.names.namespaces:
            self.used.add(prefix)
        elif colon:
            raise Unwritable("name", "The prefix of an attribute stands in no option.")
        if not NCNAME.fullmatch(local):
            raise Unwritable("name", "The name of a field cannot be the name of an attribute.")
        self._check_encoding(local)
        if name == local and not declared:
            self.plain_attributes.add(name)
        return f'{declared} {name}="{quoted(text)}"'


def ordered(record: Record) -> Iterator[tuple[str, Value]]:
    """Yield children as ``#order`` says. Raises Unwritable where it does not fit what is there."""
    order = record["#order"]
    left = {
        key: iter(value if isinstance(value, list) else (value,))
        for key, value in record.items()
        if key[:1] not in "@#"
    }
    for key in order if isinstance(order, list) else ():
        item = next(left.get(str(key), iter(())), _NOTHING)
        if item is _NOTHING:
            raise Unwritable("order", "#order names an element more often than it is there.")
        yield str(key), item
    if any(next(items, _NOTHING) is not _NOTHING for items in left.values()):
        raise Unwritable("order", "#order leaves out an element that is there.", "Leave #order away.")


_NOTHING: Any = object()
