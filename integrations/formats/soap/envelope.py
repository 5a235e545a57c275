"""The envelope as a model: Header and Body are described, what is in them comes from a schema or is anything.

Source: SOAP 1.1 (W3C Note, 2000), sections 4 and 6; SOAP 1.2 Part 1, section 5.
"""

from collections.abc import Iterable
from typing import Final

from typing_extensions import override

from integrations.formats.xml_text.model import (
    AnyState,
    Element,
    Entry,
    Kind,
    Mode,
    Model,
    Roots,
    Simple,
    State,
    Type,
)
from integrations.formats.xml_text.names import Names, joined
from integrations.schema import model as schema

SOAP_11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"
VERSIONS: Final = {"1.1": SOAP_11, "1.2": SOAP_12}
PREFIX: Final = "soap"
ENVELOPE: Final = f"{PREFIX}:Envelope"
HEADER: Final = f"{PREFIX}:Header"
BODY: Final = f"{PREFIX}:Body"
FAULT: Final = f"{PREFIX}:Fault"

_QNAME: Final = Simple(lambda text: text.strip(), str, schema.Field("", schema.Type.TEXT), is_qname=True)


class _Inside(State):
    """What stands in Header, Body or beside them: elements of the schema, faults, and anything."""

    def __init__(self, anything: AnyState, known: dict[str, Element]) -> None:
        super().__init__()
        self.anything, self.known = anything, known

    @override
    def __missing__(self, name: str) -> Entry | None:
        element = self.known.get(name)
        if element is not None:
            return self, element
        entry = self.anything[name]
        return (self, entry[1]) if entry is not None else None


def enveloped(model: Model, versions: Iterable[str], *, is_read: bool) -> Model:
    """Put the documents of a model into envelopes of these versions.

    The model's names know the prefix soap; each outermost element that it describes may stand in the Body and
    the Header. is_read: the codes of faults are read as qualified names; they are written with their prefix.
    """
    described = {name: entry[1] for name, entry in model.root.items() if entry is not None}
    root = Roots()
    for version in versions:
        namespace = VERSIONS[version]
        body = dict(described)
        if is_read:
            body[joined(namespace, "Fault")] = _fault(namespace, version, model)
        parts = {
            joined(namespace, "Header"): _part(
                HEADER, namespace, "Header", _Inside(model.anything, described)
            ),
            joined(namespace, "Body"): _part(BODY, namespace, "Body", _Inside(model.anything, body)),
        }
        envelope = _part(ENVELOPE, namespace, "Envelope", _Inside(model.anything, parts))
        # So that the record tells the version.
        envelope.xmlns = namespace
        envelope.settle()
        root[envelope.name] = (State(), envelope)
    return Model(model.names, root, model.anything, model.types)


def _part(key: str, namespace: str, local: str, inside: State) -> Element:
    made = Type(Kind.CHILDREN, local, start=inside, any_attributes=True)
    return Element(key, joined(namespace, local), made, Mode.LOOSE)


def _fault(namespace: str, version: str, model: Model) -> Element:
    """Describe a fault: its codes are qualified names, the rest is anything."""
    code = Type(Kind.SIMPLE, "QName", simple=_QNAME, any_attributes=True)
    anything = model.anything.type
    known: dict[str, Element] = {}
    if version == "1.1":
        known["faultcode"] = Element("faultcode", "faultcode", code, Mode.LOOSE)
        for local in ("faultstring", "faultactor", "detail"):
            known[local] = Element(local, local, anything, Mode.LOOSE)
    else:
        inside: dict[str, Element] = {}
        nested = Type(Kind.CHILDREN, "Code", start=_Inside(model.anything, inside), any_attributes=True)
        for local, kind in (("Value", code), ("Subcode", nested)):
            name = joined(namespace, local)
            inside[name] = Element(f"{PREFIX}:{local}", name, kind, Mode.LOOSE)
        name = joined(namespace, "Code")
        known[name] = Element(f"{PREFIX}:Code", name, nested, Mode.LOOSE)
    return _part(FAULT, namespace, "Fault", _Inside(model.anything, known))


def names_for(prefixes: dict[str, str]) -> dict[str, str]:
    """Give the prefixes of the options with the envelope's own."""
    own = VERSIONS.values()
    kept = {prefix: uri for prefix, uri in prefixes.items() if uri not in own and prefix != PREFIX}
    return {**kept, PREFIX: SOAP_11}


def know_both(names: Names) -> None:
    """Read both versions of the envelope under one prefix."""
    names.alias(SOAP_12, PREFIX)
    names.alias(SOAP_11, PREFIX)
