"""The keys of a record and the qualified names of a document.

A key is a local name (``Ntry``) where the element stands in the default namespace, and prefix and local name
(``cbc:ID``) where its namespace has a prefix in the options, whatever prefix the document itself uses. An
element of any other namespace keeps its local name and carries ``"@xmlns"``, which holds for what is inside
it, as in XML itself. Attributes are ``@name``, ``@prefix:name``, or ``@{namespace}name``.
"""

import re
from collections.abc import Mapping

from integrations.errors import EncodeError
from integrations.formats.codec import shape

SEPARATOR = "\x1f"
"""Between namespace and local name in the parser's names: no XML document can hold it."""

XML = "http://www.w3.org/XML/1998/namespace"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XMLNS = "http://www.w3.org/2000/xmlns/"

_NAME_START = (
    r"A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f"
    r"\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME_REST = r"\-.0-9\u00b7\u0300-\u036f\u203f\u2040"
NCNAME = re.compile(f"[{_NAME_START}][{_NAME_START}{_NAME_REST}]*")


def joined(namespace: str, local: str) -> str:
    """Write a qualified name as the parser does."""
    return f"{namespace}{SEPARATOR}{local}" if namespace else local


def parted(name: str) -> tuple[str, str]:
    """Take a parser's name apart: (namespace, local name)."""
    namespace, _, local = name.rpartition(SEPARATOR)
    return namespace, local


class Names:
    """The prefixes that keys are written with.

    prefixes: prefix → namespace; the empty prefix is the namespace of keys without one.
    """

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.default = prefixes.get("", "")
        self.given = dict(prefixes)
        self.namespaces = {"xml": XML, "xsi": XSI, **{p: uri for p, uri in prefixes.items() if p}}
        self.prefixes = {uri: prefix for prefix, uri in self.namespaces.items()}

    def alias(self, namespace: str, prefix: str) -> None:
        """Read another namespace under a prefix too."""
        self.prefixes[namespace] = prefix

    def element_key(self, namespace: str, local: str, default: str) -> tuple[str, str]:
        """Give the key of an element and the default namespace inside it."""
        prefix = self.prefixes.get(namespace)
        if prefix is not None and namespace != default:
            return f"{prefix}:{local}", default
        return local, namespace

    def attribute_key(self, name: str) -> str:
        """Give the key of an attribute by the parser's name."""
        namespace, local = parted(name)
        if not namespace:
            return "@" + local
        prefix = self.prefixes.get(namespace)
        return f"@{prefix}:{local}" if prefix else f"@{{{namespace}}}{local}"

    def namespace_of(self, key: str, default: str) -> tuple[str, str]:
        """Give (namespace, local name) of an element's key. Raises EncodeError ``xml.name``."""
        prefix, colon, local = key.rpartition(":")
        if not NCNAME.fullmatch(local) or (colon and prefix not in self.namespaces):
            raise EncodeError(
                "xml.name",
                f"A field of the form {shape(key)} cannot be the name of an element.",
                hint="Names begin with a letter or _ and hold no spaces; a prefix must stand in the options.",
                place="record",
            )
        return (self.namespaces[prefix] if colon else default), local
