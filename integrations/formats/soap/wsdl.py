"""WSDL 1.1: the operations of a service, their messages, addresses and actions, and the schema of each body.

Only the files given are read. What a binding for SOAP says decides the form of a body: document style takes
the elements of its parts, rpc style puts the parts into an element with the name of the operation.
Source: Web Services Description Language 1.1 (W3C Note, 2001), sections 2 and 3.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from lxml import etree

from integrations.errors import ConfigError
from integrations.formats.codec import parse_options
from integrations.formats.soap.codec import CODEC, SoapOptions
from integrations.formats.xml_text.names import NCNAME
from integrations.formats.xml_text.xsd_files import XS, Node, as_bytes, parsed
from integrations.schema.model import Schema

WSDL: Final = "http://schemas.xmlsoap.org/wsdl/"
_WSDL_20: Final = "http://www.w3.org/ns/wsdl"
_BINDINGS: Final = {
    "http://schemas.xmlsoap.org/wsdl/soap/": "1.1",
    "http://schemas.xmlsoap.org/wsdl/soap12/": "1.2",
}
_MAX_OPERATIONS: Final = 5_000
_FILE: Final = "service.wsdl"
Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message: an element, or in rpc style a value of a type, as (namespace, local name)."""

    name: str
    element: Name | None = None
    type: Name | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What goes one way. wrapper: in rpc style the element around the parts of the body."""

    body: tuple[Part, ...] = ()
    headers: tuple[Part, ...] = ()
    wrapper: Name | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation at one port. version: of SOAP. output: None for one-way operations. faults: by name."""

    name: str
    service: str
    port: str
    version: Literal["1.1", "1.2"]
    address: str
    action: str
    style: Literal["document", "rpc"]
    input: Message
    output: Message | None
    faults: Mapping[str, Message] = field(default_factory=dict)
    documentation: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """What a WSDL says. schemas: file name → XSD, those inside the WSDL and those given beside it."""

    operations: tuple[Operation, ...]
    schemas: Mapping[str, str]

    def operation(self, name: str, port: str = "") -> Operation:
        """Find an operation, at any port or at that one. Raises ConfigError ``soap.unknown_operation``."""
        for found in self.operations:
            if found.name == name and port in {"", found.port}:
                return found
        raise ConfigError(
            "soap.unknown_operation",
            "The description has no such operation.",
            hint=", ".join(sorted({one.name for one in self.operations})[:8]),
        )

    def options(self, operation: Operation, message: Message) -> SoapOptions:
        """Give the options to read and write one message of an operation."""
        files = dict(self.schemas)
        header, body = (
            [part.element[1] for part in parts if part.element] for parts in (message.headers, message.body)
        )
        if message.wrapper is not None:
            files = {"rpc.xsd": _wrapper_xsd(message.wrapper, message.body), **files}
            body = [message.wrapper[1]]
        # The schema that has the body comes first: its namespace needs no prefix.
        first = next((part.element[0] for part in message.body if part.element), None)
        ordered = sorted(
            files, key=lambda name: first is None or f'targetNamespace="{first}"' not in files[name]
        )
        made = {
            "version": operation.version,
            "header": header,
            "body": body,
            "xsd": {name: files[name] for name in ordered},
        }
        parsed_options = parse_options(CODEC, made)
        assert isinstance(parsed_options, SoapOptions)  # noqa: S101  what the codec's model is
        return parsed_options

    def schema(self, operation: Operation, message: Message) -> Schema | None:
        """Describe the record of one message of an operation; None where its body is not described."""
        return CODEC.schema(self.options(operation, message))


def read_wsdl(files: Mapping[str, bytes], main: str) -> Description:
    """Read a WSDL and the files that it imports. Raises ConfigError with file and line."""
    reader = _Reader({_short(name): data for name, data in files.items()})
    reader.load(_short(main))
    operations = tuple(reader.operations())
    if not operations:
        raise ConfigError(
            "soap.wsdl_no_operations",
            "The description has no operation that is bound to SOAP.",
            hint="Give the files that it imports too: nothing is fetched.",
            place=main,
        )
    return Description(operations, reader.schemas)


def read_wsdl_message(data: str | bytes, choice: str) -> Schema:
    """Describe one message of a service in one file. choice: as ``wsdl_choices`` gives it.

    Raises ConfigError, also for a message that no schema describes.
    """
    description = read_wsdl({_FILE: as_bytes(data)}, _FILE)
    for name, _, operation, message in _messages(description):
        if name == choice:
            found = description.schema(operation, message)
            if found is not None:
                return found
            raise ConfigError("soap.undescribed", "No schema describes this message.", place=choice)
    raise ConfigError("schema.choice", "There is no such message.", hint="Choose one of those listed.")


def wsdl_choices(data: str | bytes) -> list[tuple[str, str]]:
    """Give the messages of a service: port, operation and way, with the operation's documentation."""
    description = read_wsdl({_FILE: as_bytes(data)}, _FILE)
    return [(name, title) for name, title, _, _ in _messages(description)]


def _messages(description: Description) -> Iterator[tuple[str, str, Operation, Message]]:
    for one in description.operations:
        ways = (("input", one.input), ("output", one.output), *one.faults.items())
        for way, message in ways:
            if message is not None:
                yield f"{one.port} {one.name} {way}", one.documentation, one, message


class _Reader:
    """The definitions of a WSDL in all its files, by kind and qualified name."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.found: dict[tuple[str, Name], Node] = {}
        self.schemas: dict[str, str] = {}
        self.services: list[Node] = []
        self.seen: set[str] = set()

    def load(self, name: str) -> None:
        """Take one file and those that it imports."""
        if name in self.seen or name not in self.files:
            return
        self.seen.add(name)
        root = parsed(self.files[name], name)
        tag = etree.QName(root)
        if tag.namespace == XS:
            self.schemas[name] = etree.tostring(root, encoding="unicode")
            return
        if (tag.namespace, tag.localname) != (WSDL, "definitions"):
            is_later = tag.namespace == _WSDL_20
            raise ConfigError(
                "soap.wsdl_version" if is_later else "soap.wsdl",
                "WSDL 2.0 is not supported." if is_later else "A file of the description is no WSDL.",
                hint="Ask for the description in WSDL 1.1.",
                place=f"{name}, line {root.sourceline}",
            )
        target = root.get("targetNamespace", "")
        for node in root:
            kind = _kind(node)
            if kind in {"message", "portType", "binding"}:
                self.found.setdefault((kind, (target, node.get("name", ""))), node)
            elif kind == "service":
                self.services.append(node)
            elif kind == "import":
                self.load(_short(node.get("location", "")))
            elif kind == "types":
                self._types(node, name)

    def _types(self, types: Node, name: str) -> None:
        for number, node in enumerate(types.iterchildren(f"{{{XS}}}schema"), 1):
            for reference in node.iterchildren(f"{{{XS}}}import", f"{{{XS}}}include"):
                self._schema_file(_short(reference.get("schemaLocation") or ""))
            if len(node):
                self.schemas[f"{name}.{number}.xsd"] = etree.tostring(
                    node, encoding="unicode", with_tail=False
                )

    def _schema_file(self, name: str) -> None:
        if name not in self.files or name in self.schemas:
            return
        root = parsed(self.files[name], name)
        self.schemas[name] = etree.tostring(root, encoding="unicode")
        for reference in root.iterchildren(f"{{{XS}}}import", f"{{{XS}}}include"):
            self._schema_file(_short(reference.get("schemaLocation") or ""))

    def operations(self) -> Iterator[Operation]:
        """Yield the operations of all services that are bound to SOAP."""
        count = 0
        for service in self.services:
            for port in _children(service, "port"):
                address = next((node for node in port if _soap_version(node)), None)
                binding = self.found.get(("binding", _name(port, port.get("binding", ""))))
                if address is None or binding is None:
                    continue
                for found in self._bound(service, port, address, binding):
                    count += 1
                    if count > _MAX_OPERATIONS:
                        raise ConfigError("soap.wsdl_too_large", "The description has too many operations.")
                    yield found

    def _bound(self, service: Node, port: Node, address: Node, binding: Node) -> Iterator[Operation]:
        head = next((node for node in binding if _soap_version(node)), None)
        version = _soap_version(head)
        port_type = self.found.get(("portType", _name(binding, binding.get("type", ""))))
        if head is None or port_type is None or version is None:
            return
        abstract = {node.get("name"): node for node in _children(port_type, "operation")}
        for node in _children(binding, "operation"):
            name = node.get("name", "")
            described = abstract.get(name)
            if described is None:
                continue
            details = next((one for one in node if _soap_version(one)), None)
            style = (details.get("style") if details is not None else None) or head.get("style", "document")
            is_rpc = style == "rpc"
            yield Operation(
                name=name,
                service=service.get("name", ""),
                port=port.get("name", ""),
                version=version,
                address=address.get("location", ""),
                action=details.get("soapAction", "") if details is not None else "",
                style="rpc" if is_rpc else "document",
                input=self._message(node, described, "input", name if is_rpc else ""),
                output=self._message(node, described, "output", f"{name}Response" if is_rpc else "")
                if next(_children(described, "output"), None) is not None
                else None,
                faults=dict(self._faults(described)),
                documentation=_documentation(described),
            )

    def _message(self, bound: Node, described: Node, way: str, wrapper: str) -> Message:
        abstract = next(_children(described, way), None)
        if abstract is None:
            return Message()
        parts = self._parts(abstract)
        details = next(_children(bound, way), None)
        headers: list[Part] = []
        chosen: list[str] | None = None
        namespace = ""
        taken: set[str] = set()
        for node in details.iter() if details is not None else ():
            if _soap_version(node) is None:
                continue
            local = etree.QName(node).localname
            if local == "header":
                headers += self._header(node, taken, abstract)
            elif local == "body":
                chosen = None if node.get("parts") is None else node.get("parts").split()
                namespace = node.get("namespace", "")
        # Parts that go in the header are not in the body, unless the binding says so.
        body = [
            part for part in parts if (part.name in chosen if chosen is not None else part.name not in taken)
        ]
        return Message(tuple(body), tuple(headers), (namespace, wrapper) if wrapper else None)

    def _header(self, node: Node, taken: set[str], abstract: Node) -> list[Part]:
        name = _name(node, node.get("message", ""))
        message = self.found.get(("message", name))
        if message is None:
            return []
        if name == _name(abstract, abstract.get("message", "")):
            taken.add(node.get("part", ""))
        return [part for part in _parts(message) if part.name == node.get("part")]

    def _parts(self, abstract: Node) -> list[Part]:
        message = self.found.get(("message", _name(abstract, abstract.get("message", ""))))
        return [] if message is None else _parts(message)

    def _faults(self, described: Node) -> Iterator[tuple[str, Message]]:
        for node in _children(described, "fault"):
            yield node.get("name", ""), Message(tuple(self._parts(node)))


def _parts(message: Node) -> list[Part]:
    found = []
    for node in _children(message, "part"):
        element, kind = node.get("element"), node.get("type")
        found.append(
            Part(
                node.get("name", ""),
                _name(node, element) if element else None,
                _name(node, kind) if kind else None,
            )
        )
    return found


def _wrapper_xsd(wrapper: Name, parts: tuple[Part, ...]) -> str:
    """Write the schema of an rpc body: the element of the operation, and its parts in no namespace."""
    schema = etree.Element(f"{{{XS}}}schema", nsmap={"xs": XS})
    if wrapper[0]:
        schema.set("targetNamespace", wrapper[0])
    element = etree.SubElement(schema, f"{{{XS}}}element", name=wrapper[1])
    content = etree.SubElement(etree.SubElement(element, f"{{{XS}}}complexType"), f"{{{XS}}}sequence")
    for number, part in enumerate(parts):
        if not NCNAME.fullmatch(part.name):
            continue
        namespace, local = part.type or part.element or (XS, "anyType")
        one = etree.SubElement(
            content, f"{{{XS}}}element", nsmap={f"t{number}": namespace} if namespace else None
        )
        one.set("name", part.name)
        if part.element is None:
            one.set("type", f"t{number}:{local}" if namespace else local)
    return etree.tostring(schema, encoding="unicode")


def _kind(node: Node) -> str:
    tag = etree.QName(node)
    return tag.localname if tag.namespace == WSDL else ""


def _children(node: Node, kind: str) -> Iterator[Node]:
    yield from node.iterchildren(f"{{{WSDL}}}{kind}")


def _soap_version(node: Node | None) -> Literal["1.1", "1.2"] | None:
    version = None if node is None else _BINDINGS.get(etree.QName(node).namespace or "")
    return version if version in {"1.1", "1.2"} else None  # type: ignore[return-value]  # one of the two


def _name(node: Node, text: str) -> Name:
    """Resolve a qualified name in an attribute."""
    prefix, _, local = text.strip().rpartition(":")
    return node.nsmap.get(prefix or None) or "", local


def _short(location: str) -> str:
    return location.replace("\\", "/").rsplit("/", 1)[-1]


def _documentation(node: Node) -> str:
    found = next(_children(node, "documentation"), None)
    return " ".join("".join(found.itertext()).split())[:200] if found is not None else ""
