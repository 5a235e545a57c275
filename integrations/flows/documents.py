"""Formats inside steps: a format key and its options made into functions, with their problems placed."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from typing import Any

from integrations.errors import ConfigError, InputError, Problem
from integrations.flows.exact_json import ExactDecoder, canonical
from integrations.flows.places import join
from integrations.flows.steps.context import UNKNOWN, RunFacts, StepEnv
from integrations.formats.codec import Enveloped, Limits, Numbers, Value, parse_options
from integrations.formats.registry import FORMATS, codec
from integrations.schema.json_schema.values import AS_TEXT
from integrations.schema.model import Field, Schema, Type

RAW = "raw"
"""The format of a trigger that hands on the bytes as they came, for a later step to read."""

Decode = Callable[[bytes], Value]
Encode = Callable[[Value], bytes]


def options_of(env: StepEnv, partner: str, key: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Put a step's own options over the partner's. Raises ConfigError ``partner.unknown``."""
    profile = env.partner(partner).profile.get(key, {}) if partner else {}
    return {**profile, **options}


def check_document(
    env: StepEnv, partner: str, key: str, options: Mapping[str, Any], place: str = ""
) -> list[Problem]:
    """Find an unknown partner, an unknown format or wrong options, the partner's included."""
    try:
        whole = options_of(env, partner, key, options)
    except ConfigError as error:
        return [Problem(error.code, error.message, join(place, "partner"), error.hint)]
    return check_format(key, whole, place)


def check_format(key: str, options: Mapping[str, Any], place: str = "") -> list[Problem]:
    """Find an unknown format or wrong options; places are ``format`` and ``options.…`` under `place`."""
    if key not in FORMATS:
        known = ", ".join(FORMATS)
        return [
            Problem(
                "format.unknown", f"There is no format “{key}”.", join(place, "format"), f"Known: {known}."
            )
        ]
    try:
        parse_options(FORMATS[key], options)
    except ConfigError as error:
        where = join(place, "options")
        found = error.problems or (Problem(error.code, error.message, error.place, error.hint),)
        return [replace(problem, place=join(where, problem.place)) for problem in found]
    return []


def record_schema(key: str, options: Mapping[str, Any]) -> Schema | None:
    """Give what a format says of its records with these options; None where it says nothing.

    Definitions have names that no other format or options give, so that several schemas go into one.
    """
    if key not in FORMATS:
        return None
    return _record_schema(key, canonical(options))


@lru_cache(maxsize=32)
def _record_schema(key: str, text: bytes) -> Schema | None:
    form = codec(key)
    try:
        found = form.schema(parse_options(form, ExactDecoder().decode(text.decode())))
    except (ConfigError, InputError):  # told by `check_format`
        return None
    if found is None or not found.definitions:
        return found
    mark = f"{key}-{sha256(text).hexdigest()[:12]}-"
    return replace(
        found,
        root=_marked(found.root, mark),
        definitions={mark + name: _marked(field, mark) for name, field in found.definitions.items()},
    )


def _marked(field: Field, mark: str) -> Field:
    fields = tuple(_marked(inner, mark) for inner in field.fields)
    return replace(field, fields=fields, ref=mark + field.ref if field.ref else "")


def as_json(found: Schema) -> Schema:
    """Describe records that went through JSON on their way: dates and bytes stand there as text."""
    return replace(
        found,
        root=_as_json(found.root),
        definitions={name: _as_json(field) for name, field in found.definitions.items()},
    )


def _as_json(field: Field) -> Field:
    if field.type in {Type.DATE, Type.MOMENT, Type.BYTES}:
        return replace(field, notation=AS_TEXT)
    return replace(field, fields=tuple(map(_as_json, field.fields))) if field.fields else field


def document_schema(key: str, options: Mapping[str, Any]) -> Schema:
    """Give what `decoder` makes of a document: bytes, the list of records, or anything."""
    if key == RAW:
        return Schema(Field("", Type.BYTES, required=True))
    is_json = key == "json" and options.get("layout", "document") == "document"
    if is_json or key not in FORMATS:
        return UNKNOWN
    found = record_schema(key, options)
    root = found.root if found is not None else Field("", Type.ANY, nullable=True)
    return Schema(replace(root, repeats=True, required=True), found.definitions if found is not None else {})


def decoder(key: str, options: Mapping[str, Any], limits: Limits) -> Decode:
    """Compile the way from a whole small document to its value."""
    if key == RAW:
        return bytes
    form = codec(key)
    return form.document(parse_options(form, options), limits)


def message_decoder(key: str, options: Mapping[str, Any], limits: Limits) -> Decode:
    """Compile the way from a document of one record to that record."""
    decode = decoder(key, options, limits)

    def read(document: bytes) -> Value:
        value = decode(document)
        return value[0] if isinstance(value, list) and len(value) == 1 else value

    return read


def encoder(key: str, options: Mapping[str, Any]) -> Encode:
    """Compile the way from a value to bytes."""
    form = codec(key)
    return form.dump(parse_options(form, options))


def enveloped_encoder(key: str, options: Mapping[str, Any]) -> Enveloped:
    """Compile the way from a value to bytes with times and control numbers in their envelopes."""
    form = codec(key)
    return form.enveloped(parse_options(form, options))


def control_numbers(facts: RunFacts, partner: str, key: str) -> Numbers:
    """Give the numbers of one document from the partner's counters, or without a partner from the format's.

    Every envelope takes a number of its own; a step that is computed again gets the same ones.
    """
    taken: Counter[str] = Counter()

    def number(envelope: str) -> int:
        taken[envelope] += 1
        return facts.books.number(counter_name(partner, key, envelope), f"/{envelope}/{taken[envelope]}")

    return number


def counter_name(partner: str, key: str, envelope: str) -> str:
    """Name the counter of an envelope's control numbers: ``acme.x12.interchange``, ``x12.group``."""
    return f"{partner}.{key}.{envelope}" if partner else f"{key}.{envelope}"


def as_bytes(value: Value) -> bytes | None:
    """Give the bytes of a document that stands in the scope as text or bytes; None for anything else."""
    return value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else None


def as_value(document: bytes) -> Value:
    """Give a document as text where its bytes are UTF-8, and as bytes where they are not."""
    try:
        return document.decode()
    except UnicodeDecodeError:
        return document


def media_type(key: str) -> str:
    """Give the usual content type of a format."""
    return codec(key).media_types[0]
