"""WSDL descriptions of zeep's tests: their operations, parts and headers, and an envelope for each."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from integrations.errors import ConfigError, InputError
from integrations.formats.codec import DEFAULT_LIMITS, Record, Value
from integrations.formats.soap.codec import CODEC
from integrations.formats.soap.envelope import VERSIONS
from integrations.formats.soap.wsdl import Description, Message, Operation, read_wsdl
from integrations.schema.model import Field, Schema, Type
from tests.conformance import Result

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
VALUES: dict[Type, Value] = {
    Type.INTEGER: 1,
    Type.DECIMAL: Decimal("1.10"),
    Type.BOOLEAN: True,
    Type.DATE: date(2026, 3, 1),
    Type.MOMENT: datetime(2026, 3, 1, tzinfo=UTC),
    Type.BYTES: b"x",
}


def check(folder: Path) -> Iterator[Result]:
    files = {path.name: path.read_bytes() for path in folder.rglob("*") if path.suffix in {".wsdl", ".xsd"}}
    for name in sorted(files):
        if name.endswith(".wsdl"):
            yield from check_file(name, files)


def check_file(name: str, files: dict[str, bytes]) -> Iterator[Result]:
    root = etree.fromstring(files[name])
    bound = [node for node in root.iter(f"{WSDL}binding") if b"wsdl/soap" in etree.tostring(node)]
    names = {one.get("name") for node in bound for one in node.iterchildren(f"{WSDL}operation")}
    try:
        description = read_wsdl(files, name)
    except ConfigError as failure:
        # Some hold only types or an abstract part, for others to import.
        is_partial = not names or root.find(f".//{WSDL}port") is None
        yield Result(name, "decode", passed=False, reason=str(failure), is_explained=is_partial)
        return
    missing = names - {operation.name for operation in description.operations}
    yield Result(name, "decode", passed=not missing, reason=f"missing: {missing}" if missing else "")
    for operation in description.operations:
        for way, message in (("input", operation.input), ("output", operation.output)):
            if message is not None:
                yield check_message(f"{name} {operation.name} {way}", description, operation, message)


def check_message(name: str, description: Description, operation: Operation, message: Message) -> Result:
    try:
        options = description.options(operation, message)
        schema = CODEC.schema(options)
        record = example(schema) if schema else {"version": operation.version, "body": {}}
        written = b"".join(CODEC.writer(options)([record]))
        back = list(CODEC.reader(options, DEFAULT_LIMITS)([written]))
    except (ConfigError, InputError) as failure:
        # A file that the description imports does not stand beside it, and nothing is fetched.
        is_alone = failure.code in {"xml.xsd_unknown", "xml.xsd_missing_file"}
        return Result(name, "round trip", passed=False, reason=str(failure), is_explained=is_alone)
    envelope = etree.fromstring(written)
    wanted = {one.element for one in message.body if one.element}
    wanted = {message.wrapper} if message.wrapper else wanted
    ns = VERSIONS[operation.version]
    inside = {qname(child) for child in envelope.find(f"{{{ns}}}Body")}
    header = envelope.find(f"{{{ns}}}Header")
    headers = {qname(child) for child in header} if header is not None else set()
    fits = inside == wanted and headers == {one.element for one in message.headers if one.element}
    reason = "" if fits else f"{inside} and {headers} in the envelope, {wanted} in the description"
    return Result(name, "round trip", passed=fits and back == [record], reason=reason)


def qname(element: Any) -> tuple[str, str]:
    name = etree.QName(element)
    return name.namespace or "", name.localname


def example(schema: Schema) -> Record:
    """Make a message of the schema: every element of header and body, and what they demand."""
    record: Record = {"version": "1.1"}
    for part in ("header", "body"):
        field = schema.root.child(part)
        found = {one.name: value_of(schema, one, 0) for one in field.fields} if field else {}
        if found or part == "body":
            record[part] = found
    version = schema.root.child("version")
    return record if version else {}


def value_of(schema: Schema, field: Field, depth: int) -> Value:
    if field.type is Type.OBJECT:
        fields = schema.resolve(field) if depth < 10 else ()
        return {one.name: listed(schema, one, depth) for one in fields if one.required}
    if field.choices:
        return next(iter(field.choices))
    return VALUES.get(field.type, "x" * (field.min_length or 1))


def listed(schema: Schema, field: Field, depth: int) -> Value:
    value = value_of(schema, field, depth + 1)
    return [value] if field.repeats else value
