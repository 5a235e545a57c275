"""The files of an XSD: read, joined by their includes and imports, and searched by qualified name.

Only the files given are looked at: a location names one of them by its last part, and nothing else is ever
opened. What a schema imports and nobody gave is unknown; that matters only where it is used.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from lxml import etree

from integrations.errors import ConfigError

_DECLARATION: Final = re.compile(r"^\ufeff?\s*<\?xml\s[^>]*\?>")
Node: TypeAlias = Any  # lxml's element, which has no types here
XS: Final = "http://www.w3.org/2001/XMLSchema"
# Namespaces whose schemas nobody sends along: what is in them may be anything.
WELL_KNOWN: Final = frozenset(
    {
        "http://schemas.xmlsoap.org/soap/encoding/",
        "http://www.w3.org/2003/05/soap-encoding",
        "http://www.w3.org/2005/05/xmlmime",
        "http://www.w3.org/2004/08/xop/include",
        "http://www.w3.org/2005/08/addressing",
        "http://www.w3.org/2000/09/xmldsig#",
    }
)
MAX_BYTES: Final = 8 << 20
_MAX_FILES: Final = 200
_KINDS: Final = {
    f"{{{XS}}}{kind}": kind
    for kind in ("element", "attribute", "complexType", "simpleType", "group", "attributeGroup")
}


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One file as it is included. target: its namespace, or the includer's."""

    file: str
    root: Node
    target: str

    @property
    def qualifies_elements(self) -> bool:
        """Tell whether local elements are in the target namespace."""
        return bool(self.root.get("elementFormDefault") == "qualified")

    @property
    def qualifies_attributes(self) -> bool:
        """Tell whether local attributes are in the target namespace."""
        return bool(self.root.get("attributeFormDefault") == "qualified")


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A global component and the file that it stands in."""

    node: Node
    part: Part


class Files:
    """The components of a schema by kind and name. main: the first part."""

    def __init__(self, files: Mapping[str, bytes], main: str) -> None:
        if sum(map(len, files.values())) > MAX_BYTES or len(files) > _MAX_FILES:
            raise ConfigError(
                "xml.xsd_too_large", f"A schema has at most {MAX_BYTES:,} bytes in all its files."
            )
        self.files = {_short(name): data for name, data in files.items()}
        self.parts: list[Part] = []
        self.components: dict[tuple[str, str, str], Found] = {}
        self._seen: set[tuple[str, str]] = set()
        self._roots: dict[str, Node] = {}
        self._load(_short(main), None)
        # The others of a namespace of their own count too: imports need not say where they are.
        for name in self.files:
            if parsed_target(self._root(name)):
                self._load(name, None)

    def _load(self, name: str, includer: str | None) -> None:
        root = self._root(name)
        if root.tag != f"{{{XS}}}schema":
            raise ConfigError("xml.xsd", "A file of the schema is no XSD.", place=name)
        target = root.get("targetNamespace") or includer or ""
        if (name, target) in self._seen:
            return
        self._seen.add((name, target))
        part = Part(name, root, target)
        self.parts.append(part)
        for node in root:
            kind = _KINDS.get(node.tag)
            if kind:
                self.components.setdefault((kind, target, node.get("name", "")), Found(node, part))
            elif node.tag in {f"{{{XS}}}include", f"{{{XS}}}import"}:
                self._join(node, target, name)
            elif node.tag in {f"{{{XS}}}redefine", f"{{{XS}}}override"}:
                raise ConfigError(
                    "xml.xsd_unsupported",
                    "The schema redefines parts of another, which is not supported.",
                    hint="Put the changed parts into one file.",
                    place=place(node, part),
                )

    def _root(self, name: str) -> Node:
        if name not in self._roots:
            self._roots[name] = parsed(self.files[name], name)
        return self._roots[name]

    def _join(self, node: Node, target: str, name: str) -> None:
        location = _short(node.get("schemaLocation") or "")
        is_include = node.tag == f"{{{XS}}}include"
        if location in self.files:
            self._load(location, target if is_include else None)
        elif is_include:
            raise ConfigError(
                "xml.xsd_missing_file",
                "The schema includes a file that was not given.",
                hint=f"Give {location[:80]} too: nothing is fetched.",
                place=f"{name}, line {node.sourceline}",
            )

    def find(self, kind: str, namespace: str, local: str) -> Found | None:
        """Find a global component."""
        return self.components.get((kind, namespace, local))

    def all_of(self, kind: str) -> Iterator[tuple[str, str, Found]]:
        """Yield every global component of a kind: namespace, name, where."""
        for (found_kind, namespace, local), found in self.components.items():
            if found_kind == kind:
                yield namespace, local, found

    def required(self, kind: str, node: Node, named: str, part: Part) -> Found:
        """Find the component that a node refers to. Raises ConfigError."""
        found = self.find(kind, *qname(node, named, part))
        if found is None:
            raise unknown(node, kind, part)
        return found


def qname(node: Node, text: str, part: Part) -> tuple[str, str]:
    """Resolve a qualified name in an attribute's value: (namespace, local name)."""
    prefix, _, local = text.strip().rpartition(":")
    namespace = node.nsmap.get(prefix or None)
    if namespace is None:
        if prefix:
            raise ConfigError("xml.xsd", "A prefix is used that is not declared.", place=place(node, part))
        # In a file without a namespace of its own, bare names mean what the includer's namespace has.
        namespace = "" if part.root.get("targetNamespace") else part.target
    return namespace, local


def place(node: Node, part: Part) -> str:
    """Tell where a node stands."""
    return f"{part.file}, line {node.sourceline}"


def local_tag(node: Node) -> str:
    """Give the name of one of XSD's own elements; empty for any other."""
    tag = node.tag
    return tag[len(XS) + 2 :] if isinstance(tag, str) and tag.startswith(f"{{{XS}}}") else ""


def child_of(node: Node, kind: str) -> Node | None:
    """Find a child by XSD's name for it."""
    return node.find(f"{{{XS}}}{kind}")


def unknown(node: Node, kind: str, part: Part) -> ConfigError:
    """Give the error for a reference that leads nowhere."""
    return ConfigError(
        "xml.xsd_unknown",
        f"The schema refers to a {kind} that none of its files defines.",
        hint="Give the files that it imports too: nothing is fetched.",
        place=place(node, part),
    )


def documentation(node: Node) -> str:
    """Give the first words of a node's documentation."""
    found = node.find(f"{{{XS}}}annotation/{{{XS}}}documentation")
    text = " ".join("".join(found.itertext()).split()) if found is not None else ""
    return text[:200]


def as_bytes(text: str | bytes) -> bytes:
    """Give a file's text as UTF-8, whatever encoding it declares for itself; bytes as they are."""
    if isinstance(text, bytes):
        return text
    return _DECLARATION.sub("", text, count=1).encode("utf-8", "surrogatepass")


def parsed_target(root: Node) -> str:
    """Give the namespace that a schema file defines; empty where it has none or is no schema."""
    return root.get("targetNamespace", "") if root.tag == f"{{{XS}}}schema" else ""


def parsed(data: bytes, name: str) -> Node:
    """Parse a file safely: no entities, no other file, no network. Raises ConfigError with the line."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as failure:
        raise ConfigError(
            "xml.xsd_syntax", "A file is not well-formed XML.", place=f"{name}, line {failure.lineno or 1}"
        ) from None


def _short(location: str) -> str:
    return location.replace("\\", "/").rsplit("/", 1)[-1]
