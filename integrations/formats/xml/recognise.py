"""Recognise an XML document: its namespaces, and the kinds that have a name of their own."""

import re

from integrations.formats.codec import Guess
from integrations.formats.xml_text.names import NCNAME, XSI
from integrations.formats.xml_text.sniff import Root, root_of

# (namespace, outermost element, what it is); {0} is the element, {1} what the namespace's pattern caught.
_KINDS = tuple(
    (re.compile(namespace), re.compile(local), title)
    for namespace, local, title in (
        (r"urn:hl7-org:v3", r"ClinicalDocument", "CDA clinical document"),
        (r"urn:hl7-org:v3", r"\w+", "HL7 version 3, {0}"),
        (r"http://hl7\.org/fhir", r"\w+", "FHIR resource in XML, {0}"),
        (r"urn:oasis:names:specification:ubl:schema:xsd:\w+-(\d+)", r"\w+", "UBL {1} {0}"),
        (r"urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:\d+", r"\w+", "Cross industry invoice"),
        (r"urn:gs1:ecom:(\w+):xsd:\d+", r"\w+", "GS1 XML {1}"),
        (r"http://www\.w3\.org/2001/XMLSchema", r"schema", "XML Schema"),
        (r"http://schemas\.xmlsoap\.org/wsdl/", r"definitions", "WSDL description"),
        (r"http://www\.w3\.org/2005/Atom", r"feed", "Atom feed"),
        (r"", r"cXML", "cXML message"),
        (r"", r"rss", "RSS feed"),
    )
)
_TEXT_INSIDE = {"html", "svg"}


def guess(head: bytes) -> Guess | None:
    """Say how much the first bytes look like XML, with the prefixes that the outermost element declares."""
    root = root_of(head)
    if root is None:
        return None
    if root.local.lower() in _TEXT_INSIDE:
        return Guess(0.3, encoding=root.encoding)
    prefixes = {
        prefix: namespace
        for prefix, namespace in root.declared.items()
        if namespace
        and namespace != XSI
        and prefix not in {"xml", "xsi"}
        and (not prefix or NCNAME.fullmatch(prefix))
    }
    options: dict[str, object] = {"prefixes": prefixes} if prefixes else {}
    sure = 0.9 if root.has_declaration or root.declared else 0.85
    return Guess(sure, options, _message(root), root.encoding)


def _message(root: Root) -> str:
    for namespace, local, title in _KINDS:
        found = namespace.fullmatch(root.namespace)
        if found and local.fullmatch(root.local):
            return title.format(root.local, *found.groups())
    return ""
