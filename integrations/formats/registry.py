"""Every format 7M knows: one typed line each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from integrations.errors import ConfigError
from integrations.formats.avro.codec import CODEC as AVRO
from integrations.formats.bai2.codec import CODEC as BAI2
from integrations.formats.cobol.codec import CODEC as COBOL
from integrations.formats.codec import SNIFF_BYTES, Codec, Guess
from integrations.formats.csv.codec import CODEC as CSV
from integrations.formats.delimited.codec import CODEC as DELIMITED
from integrations.formats.edifact.codec import CODEC as EDIFACT
from integrations.formats.fhir.codec import CODEC as FHIR
from integrations.formats.fixed_width.codec import CODEC as FIXED_WIDTH
from integrations.formats.form.codec import CODEC as FORM
from integrations.formats.hl7.codec import CODEC as HL7
from integrations.formats.idoc.codec import CODEC as IDOC
from integrations.formats.iso8583.codec import CODEC as ISO8583
from integrations.formats.iso20022.codec import CODEC as ISO20022
from integrations.formats.json.codec import CODEC as JSON
from integrations.formats.multipart.codec import CODEC as MULTIPART
from integrations.formats.nacha.codec import CODEC as NACHA
from integrations.formats.parquet.codec import CODEC as PARQUET
from integrations.formats.soap.codec import CODEC as SOAP
from integrations.formats.swift_mt.codec import CODEC as SWIFT_MT
from integrations.formats.text.codec import CODEC as TEXT
from integrations.formats.x12.codec import CODEC as X12
from integrations.formats.xlsx.codec import CODEC as XLSX
from integrations.formats.xml.codec import CODEC as XML
from integrations.formats.yaml.codec import CODEC as YAML

_ALL: tuple[Codec[Any], ...] = (
    JSON,
    CSV,
    FIXED_WIDTH,
    DELIMITED,
    NACHA,
    HL7,
    FHIR,
    COBOL,
    IDOC,
    X12,
    EDIFACT,
    YAML,
    MULTIPART,
    FORM,
    TEXT,
    XML,
    SOAP,
    ISO20022,
    SWIFT_MT,
    BAI2,
    ISO8583,
    XLSX,
    AVRO,
    PARQUET,
)
FORMATS: Mapping[str, Codec[Any]] = MappingProxyType({form.key: form for form in _ALL})


def codec(key: str) -> Codec[Any]:
    """Look up a format by its key. Raises ConfigError ``format.unknown``."""
    try:
        return FORMATS[key]
    except KeyError:
        raise ConfigError(
            "format.unknown", "There is no such format.", hint="Known formats: " + ", ".join(FORMATS) + "."
        ) from None


def sniff(head: bytes) -> list[tuple[str, Guess]]:
    """Ask every format what it makes of a document's first bytes: (key, guess), the surest first."""
    head = head[:SNIFF_BYTES]
    guesses = [(key, guess) for key, form in FORMATS.items() if (guess := form.sniff(head))]
    return sorted(guesses, key=lambda found: -found[1].confidence)
