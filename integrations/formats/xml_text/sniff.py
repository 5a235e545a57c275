"""What the first bytes of a document tell: is it XML, in which encoding, what is its root."""

import re
from dataclasses import dataclass

from integrations.errors import DecodeError
from integrations.formats.xml_text.encoding import UNDECLARED, detect
from integrations.formats.xml_text.names import NCNAME

_PROLOG = re.compile(
    r"""\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*|<!DOCTYPE\s[^\[>]*(?:\[.*?\]\s*)?>\s*)*""", re.DOTALL
)
_ROOT = re.compile(r"""<([^\s<>/!?"'=&;]+)((?:\s+[^\s<>/"'=&;]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*/?>""")
_ATTRIBUTE = re.compile(r"""\s([^\s<>/"'=&;]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")


@dataclass(frozen=True, slots=True)
class Root:
    """The outermost element. declared: prefix → namespace, as it declares them; rest: text that follows."""

    local: str
    namespace: str
    declared: dict[str, str]
    encoding: str
    has_declaration: bool
    rest: str


def root_of(head: bytes) -> Root | None:
    """Find the outermost element in the first bytes of a document; None where there is none."""
    try:
        name, part = detect(head[:UNDECLARED])
    except DecodeError:
        return None
    text = head.decode(name, "replace").removeprefix("\ufeff")
    if "<" not in text[:100]:
        return None
    prolog = _PROLOG.match(text)
    found = _ROOT.match(text, prolog.end() if prolog else 0)
    if not found:
        return None
    declared: dict[str, str] = {}
    for attribute in _ATTRIBUTE.finditer(found[2]):
        key, value = attribute[1], attribute[2] if attribute[2] is not None else attribute[3]
        if key == "xmlns" or key.startswith("xmlns:"):
            declared[key[6:]] = value
    prefix, _, local = found[1].rpartition(":")
    if not NCNAME.fullmatch(local) or (prefix and prefix not in declared):
        return None
    return Root(
        local,
        declared.get(prefix, ""),
        declared,
        part,
        has_declaration=text.lstrip().startswith("<?xml"),
        rest=text[found.end() :],
    )
