"""Every way into the schema model: those of the schema package, and those that belong to a format.

One typed line each. A format joins with a function of its own (a copybook, an XSD), or with the tables that
its ``Codec.schema`` reads (message types), for which no file is needed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Final, TypeAlias, get_args

from integrations.errors import ConfigError, InputError
from integrations.formats import registry
from integrations.formats.codec import DEFAULT_LIMITS, Record, parse_options
from integrations.formats.edifact import tables as edifact_tables
from integrations.formats.hl7 import tables as hl7_tables
from integrations.formats.idoc import importer as idoc_importer
from integrations.formats.iso20022 import messages as iso20022_messages
from integrations.formats.soap.wsdl import read_wsdl_message, wsdl_choices
from integrations.formats.swift_mt.options import SwiftMtOptions
from integrations.formats.x12 import tables as x12_tables
from integrations.formats.xml.xsd import read_xsd, xsd_choices
from integrations.schema import importers
from integrations.schema.documents import text_of
from integrations.schema.importers import Importer
from integrations.schema.infer import infer
from integrations.schema.model import Schema

_RECORDS_OF_SAMPLE: Final = 1_000
_UNSURE: Final = 0.15


_Choices: TypeAlias = Callable[[str | bytes], list[tuple[str, str]]]
_OptionsOf: TypeAlias = Callable[[str], Mapping[str, object]]


def _from_tables(key: str) -> Callable[[str | bytes, str], Schema]:
    """Make the importer of a format whose options name the message."""

    def read(_: str | bytes, choice: str) -> Schema:
        form = registry.codec(key)
        options = _TABLES[key][1]
        try:
            found = form.schema(parse_options(form, options(choice))) if choice else None
        except ConfigError as error:
            raise _no_choice() from error
        if found is None:
            raise _no_choice()
        return found

    return read


def _no_choice() -> ConfigError:
    return ConfigError(
        "schema.choice", "There is no such message.", hint="Choose one of those listed.", place="choice"
    )


def _x12_choices(_: str | bytes) -> list[tuple[str, str]]:
    titles = x12_tables.titles()
    return [
        (f"{release} {number}", title)
        for release in x12_tables.RELEASES
        for number, title in sorted(titles.items())
        if x12_tables.set_name(number, release)
    ] + [(f"{guide} {_set_of(guide)}", titles.get(_set_of(guide), "")) for guide in x12_tables.guides()]


def _set_of(guide: str) -> str:
    titles = x12_tables.titles()
    return next((number for number in titles if _is_guide_of(number, guide)), "")


def _is_guide_of(number: str, guide: str) -> bool:
    name = x12_tables.set_name(number, guide)
    return bool(name) and x12_tables.set_facts(name).guide == guide


def _x12_options(choice: str) -> Mapping[str, object]:
    edition, _, number = choice.partition(" ")
    if len(edition) > 6:
        return {"transaction_set": number, "guide": edition}
    return {"transaction_set": number, "envelope": {"version": edition}}


def _hl7_choices(_: str | bytes) -> list[tuple[str, str]]:
    return [
        (f"{version} {name}", facts.title)
        for version in hl7_tables.RELEASES
        for name, facts in sorted(hl7_tables.release(version).structures.items())
    ]


def _hl7_options(choice: str) -> Mapping[str, object]:
    version, _, name = choice.partition(" ")
    return {"version": version, "message": name}


def _edifact_choices(_: str | bytes) -> list[tuple[str, str]]:
    titles = edifact_tables.titles()
    return [
        (f"{directory} {message}", titles[message])
        for directory in edifact_tables.DIRECTORIES
        for message in sorted(titles)
        if edifact_tables.message_name(message, "", "", directory) == f"{directory}-{message}"
    ]


def _edifact_options(choice: str) -> Mapping[str, object]:
    directory, _, message = choice.partition(" ")
    return {"directory": directory, "message": message}


def _iso20022_choices(_: str | bytes) -> list[tuple[str, str]]:
    return [(name, name) for name in iso20022_messages.known()]


def _swift_choices(_: str | bytes) -> list[tuple[str, str]]:
    known = get_args(SwiftMtOptions.model_fields["message"].annotation)
    return [(name, f"MT{name}") for name in known if name]


def _copybook(data: str | bytes, _: str) -> Schema:
    form = registry.codec("cobol")
    found = form.schema(
        parse_options(form, {"copybook": text_of(data, max_bytes=DEFAULT_LIMITS.max_field_bytes)})
    )
    if found is None:
        raise _no_choice()
    return found


def _idoc(data: str | bytes, _: str) -> Schema:
    form = registry.codec("idoc")
    try:
        options = idoc_importer.options_of(text_of(data))
    except InputError as error:
        raise ConfigError(error.code, error.message, hint=error.hint, place=error.place) from error
    found = form.schema(parse_options(form, options))
    if found is None:
        raise _no_choice()
    return found


def _sample(data: str | bytes, choice: str) -> Schema:
    """Read a document as the format that it looks like (or that is chosen) and describe its first records."""
    raw = data.encode() if isinstance(data, str) else data
    sniffed = registry.sniff(raw)
    guesses = [
        (key, guess) for key, guess in sniffed if choice == key or (not choice and guess.confidence > _UNSURE)
    ]
    if not guesses:
        raise ConfigError(
            "schema.unknown_sample",
            "The document does not look like any format that 7M knows.",
            hint="Choose its format.",
        )
    key, guess = guesses[0]
    form = registry.codec(key)
    options = parse_options(form, guess.options)
    known = form.schema(options)
    if known is not None and known.root.fields and not known.root.is_open:
        return known
    try:
        return infer(
            _first(form.reader(options, DEFAULT_LIMITS)((raw,), lambda _: None)), f"sample, {form.title}"
        )
    except InputError as error:
        raise ConfigError(error.code, error.message, hint=error.hint, place=error.place) from error


def _first(records: Iterator[Record]) -> Iterator[Record]:
    return islice(records, _RECORDS_OF_SAMPLE)


def _sample_choices(data: str | bytes) -> list[tuple[str, str]]:
    raw = data.encode() if isinstance(data, str) else data
    return [(key, registry.codec(key).title) for key, _ in registry.sniff(raw)]


@dataclass(frozen=True, slots=True)
class Message:
    """A message that a format has tables of. options: those of the format that name it."""

    choice: str
    title: str
    options: Mapping[str, object]


_TABLES: Final[Mapping[str, tuple[_Choices, _OptionsOf]]] = {
    "x12": (_x12_choices, _x12_options),
    "hl7": (_hl7_choices, _hl7_options),
    "edifact": (_edifact_choices, _edifact_options),
    "iso20022": (_iso20022_choices, lambda choice: {"message": choice}),
    "swift_mt": (_swift_choices, lambda choice: {"message": choice}),
}


def messages(key: str) -> list[Message]:
    """Give the messages that a format has tables of; none for most formats."""
    if key not in _TABLES:
        return []
    choices, options = _TABLES[key]
    return [Message(choice, title, options(choice)) for choice, title in choices("")]


_FORMATS: Final = (
    Importer(
        "copybook",
        "COBOL copybook",
        "A copybook: the record description in COBOL",
        ("cpy", "cob", "txt"),
        _copybook,
    ),
    Importer(
        "xsd",
        "XML Schema (XSD)",
        "An XSD in one file; choose the outermost element where it has several",
        ("xsd",),
        read_xsd,
        xsd_choices,
    ),
    Importer(
        "wsdl",
        "WSDL",
        "The description of a SOAP service, WSDL 1.1 in one file; choose the message",
        ("wsdl",),
        read_wsdl_message,
        wsdl_choices,
    ),
    Importer(
        "x12",
        "X12 transaction set",
        "No file: choose release and set, or an implementation guide",
        (),
        _from_tables("x12"),
        _x12_choices,
    ),
    Importer(
        "idoc",
        "SAP IDoc",
        "The parser file of a basic type, as SAP prints it (transaction WE60)",
        ("txt",),
        _idoc,
    ),
    Importer(
        "hl7",
        "HL7 v2 message",
        "No file: choose release and message structure",
        (),
        _from_tables("hl7"),
        _hl7_choices,
    ),
    Importer(
        "edifact",
        "EDIFACT message",
        "No file: choose directory and message",
        (),
        _from_tables("edifact"),
        _edifact_choices,
    ),
    Importer(
        "iso20022",
        "ISO 20022 message",
        "No file: choose the message",
        (),
        _from_tables("iso20022"),
        _iso20022_choices,
    ),
    Importer(
        "swift_mt",
        "SWIFT MT message",
        "No file: choose the message type",
        (),
        _from_tables("swift_mt"),
        _swift_choices,
    ),
    Importer(
        "sample",
        "Sample document",
        "Any document of a format that 7M reads; its records are described as far as they show",
        (),
        _sample,
        _sample_choices,
    ),
)
IMPORTS: Final[Mapping[str, Importer]] = MappingProxyType(
    {**importers.IMPORTERS, **{one.key: one for one in _FORMATS}}
)


def importer(key: str) -> Importer:
    """Look up an importer by its key. Raises ConfigError ``schema.unknown_importer``."""
    return importers.importer(key, IMPORTS)
