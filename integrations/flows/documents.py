"""Formats inside steps: a format key and its options made into functions, with their problems placed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from integrations.errors import ConfigError, Problem
from integrations.flows.places import join
from integrations.formats.codec import Limits, Value, parse_options
from integrations.formats.registry import FORMATS, codec

Decode = Callable[[bytes], Value]
Encode = Callable[[Value], bytes]


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


def decoder(key: str, options: Mapping[str, Any], limits: Limits) -> Decode:
    """Compile the way from a whole small document to its value."""
    form = codec(key)
    return form.document(parse_options(form, options), limits)


def encoder(key: str, options: Mapping[str, Any]) -> Encode:
    """Compile the way from a value to bytes."""
    form = codec(key)
    return form.dump(parse_options(form, options))


def media_type(key: str) -> str:
    """Give the usual content type of a format."""
    return codec(key).media_types[0]
