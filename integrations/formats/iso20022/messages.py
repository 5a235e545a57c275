"""The messages of ISO 20022 that have a name here, and the XSDs of those whose package is installed.

The XSDs lie as data in packages that are never imported: only their files are read. A version that no package
has is read by the nearest one that has, and so is a national variant, loosely: types are known, but nothing
is refused.
"""

import re
from functools import lru_cache
from importlib.util import find_spec
from typing import Final, NamedTuple

from integrations.formats.xml_text.model import Model
from integrations.formats.xml_text.xsd import Schemas
from integrations.formats.xml_text.xsd_files import Files

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:"
ID: Final = re.compile(r"([a-z]{4}\.\d{3}\.\d{3})\.(\d{2})")
_NAMESPACE: Final = re.compile(
    r"(?:urn:iso:std:iso:20022:tech:xsd:|https?://[A-Za-z0-9./_-]{1,100}/)("
    + ID.pattern
    + r")([A-Za-z0-9._-]{0,40})"
)
_DECLARED: Final = re.compile(
    r"""xmlns(?::[\w.-]+)?=["'](urn:iso:std:iso:20022:tech:xsd:(?!head)[a-z0-9.]+)["']"""
)
_LAST_VERSION: Final = 20
# What a message is called, and the elements in Document that lead to what a reader wants one by one.
_KINDS: Final = {
    "pain.001": ("Customer credit transfer initiation", "CstmrCdtTrfInitn/PmtInf/CdtTrfTxInf"),
    "pain.002": ("Customer payment status report", "CstmrPmtStsRpt/OrgnlPmtInfAndSts"),
    "pain.008": ("Customer direct debit initiation", "CstmrDrctDbtInitn/PmtInf/DrctDbtTxInf"),
    "camt.052": ("Account report", "BkToCstmrAcctRpt/Rpt/Ntry"),
    "camt.053": ("Account statement", "BkToCstmrStmt/Stmt/Ntry"),
    "camt.054": ("Debit and credit notification", "BkToCstmrDbtCdtNtfctn/Ntfctn/Ntry"),
    "pacs.002": ("Payment status report between banks", "FIToFIPmtStsRpt/TxInfAndSts"),
    "pacs.003": ("Direct debit between banks", "FIToFICstmrDrctDbt/DrctDbtTxInf"),
    "pacs.004": ("Payment return", "PmtRtr/TxInf"),
    "pacs.007": ("Payment reversal between banks", "FIToFIPmtRvsl/TxInf"),
    "pacs.008": ("Customer credit transfer between banks", "FIToFICstmrCdtTrf/CdtTrfTxInf"),
    "pacs.009": ("Credit transfer between banks", "FICdtTrf/CdtTrfTxInf"),
    "pacs.010": ("Direct debit of a bank", "FIDrctDbt/CdtInstr"),
    "pacs.028": ("Payment status request", "FIToFIPmtStsReq/TxInf"),
}
_PACKAGES: Final = (
    ("camt053", "xsd/{0}.xsd"),
    ("pacs008", "templates/{0}/{0}.xsd"),
    ("pain001", "templates/{0}/{0}.xsd"),
    ("pain001", "pain002/schemas/{0}.xsd"),
)
# Packages hold some messages only in excerpts: these are far shorter than any whole message.
_EXCERPT_BYTES: Final = 16_000


class Message(NamedTuple):
    """What a namespace says of a document. id: ``camt.053.001.08``; variant: what a country adds to it."""

    id: str
    variant: str

    @property
    def title(self) -> str:
        """Give the name of the message in words, with its id."""
        title = _KINDS.get(self.id[:8], ("", ""))[0]
        return f"{title}, {self.id}" if title else self.id

    @property
    def path(self) -> tuple[str, ...]:
        """Give the keys that lead to its entries or transactions; none where it has none that we know."""
        inside = _KINDS.get(self.id[:8], ("", ""))[1]
        if not inside:
            return ()
        message, *rest = inside.split("/")
        # The first version of a message carried it in the name of the element.
        is_first = self.id.endswith("001.01") and self.id[:4] == "camt"
        return ("Document", message + "V01" * is_first, *rest)


def inner_namespaces(text: str) -> list[str]:
    """Find the namespaces of messages in the beginning of an envelope; its header is none."""
    return _DECLARED.findall(text[:16_384])


def message_of(namespace: str) -> Message | None:
    """Read a document's namespace; None where it is none of ISO 20022 or of a national variant."""
    found = _NAMESPACE.fullmatch(namespace)
    return Message(found[1], found[4]) if found else None


def known() -> list[str]:
    """List the ids of the messages that have a name here and an XSD, in order."""
    versions = range(1, _LAST_VERSION)
    ids = [f"{kind}.001.{version:02}" for kind in sorted(_KINDS) for version in versions]
    return [one for one in ids if _xsd(one)]


@lru_cache(maxsize=128)
def _xsd(message: str) -> bytes:
    """Read the XSD of a message; empty where no package has it."""
    for package, path in _PACKAGES:
        spec = find_spec(package)
        read = getattr(spec.loader, "get_data", None) if spec else None
        for folder in (spec.submodule_search_locations or ()) if spec and read else ():
            try:
                data: bytes = read(f"{folder}/{path.format(message)}") if read else b""
            except OSError:
                continue
            return data
    return b""


@lru_cache(maxsize=32)
def model_of(namespace: str) -> Model | None:
    """Give the model of a document by its namespace; None where no version of the message has an XSD."""
    message = message_of(namespace)
    if message is None:
        return None
    source = message.id if _xsd(message.id) else _nearest(message.id)
    data = _xsd(source)
    if not data:
        return None
    is_exact = source == message.id and not message.variant and len(data) > _EXCERPT_BYTES
    own = data.replace(f"{NAMESPACE}{source}".encode(), namespace.encode())
    schemas = Schemas(Files({f"{source}.xsd": own}, f"{source}.xsd"), is_loose=not is_exact)
    return schemas.model("Document")


def _nearest(message: str) -> str:
    """Find the nearest version of a message that has an XSD, the later of two that are equally near."""
    family, version = message[:13], int(message[-2:])
    others = [f"{family}{number:02}" for number in range(1, _LAST_VERSION)]
    there = [other for other in others if _xsd(other)]
    return min(there, key=lambda other: (abs(int(other[-2:]) - version), -int(other[-2:])), default="")
