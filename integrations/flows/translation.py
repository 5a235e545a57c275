"""One document made into another outside of any flow: for the command line, the API and the page.

Reading, mapping and writing are those of the steps: what is tried here is what a flow does.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from integrations.errors import ConfigError, InputError, LimitError, MappingError, SchemaError
from integrations.formats.codec import Bad, Guess, Limits, Mark, Record, Value, parse_options
from integrations.formats.registry import codec, sniff
from integrations.mapping.allowance import MapEnv
from integrations.mapping.compile import compile_plan

SURE: Final = 0.5
"""A guess below this is told, but nothing is read by it without being asked."""
ERRORS_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Form:
    """What a document is written in."""

    key: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recognised:
    """One guess of what a document is, in words."""

    form: Form
    title: str
    guess: Guess


def recognise(head: bytes) -> list[Recognised]:
    """Say what a document may be, the surest first. head: its first 64 KB."""
    return [Recognised(Form(key, guess.options), codec(key).title, guess) for key, guess in sniff(head)]


def best_guess(head: bytes) -> Form:
    """Give the format of a document. Raises ConfigError ``format.not_recognised`` when no guess is sure."""
    guesses = recognise(head)
    if not guesses or guesses[0].guess.confidence < SURE:
        close = ", ".join(guess.form.key for guess in guesses[:3])
        raise ConfigError(
            "format.not_recognised",
            "What this document is written in cannot be told for sure.",
            hint=f"Name the format. It may be {close}." if close else "Name the format.",
        )
    return guesses[0].form


def read(
    chunks: Iterable[bytes],
    form: Form,
    limits: Limits,
    *,
    bad: Bad | None = None,
    is_late: Callable[[], bool] | None = None,
) -> Iterator[Record]:
    """Read the records of a document. Raises InputError, ConfigError.

    bad: takes the errors of single records, so that the others are read. is_late: asked after every record;
    LimitError ``translation.too_slow`` when it says so.
    """
    format_ = codec(form.key)
    for record in format_.reader(parse_options(format_, form.options), limits)(chunks, bad):
        yield record
        if is_late is not None and is_late():
            raise too_slow()


def map_records(
    records: Iterable[Record],
    plan: Mapping[str, Any],
    env: Callable[[int], MapEnv],
    bad: Bad | None = None,
) -> Iterator[Record]:
    """Map each record by a plan whose source is the record itself; a list made of one record becomes several.

    env: the facts for the record of this number, from 1. Raises MappingError, or hands it to `bad`.
    """
    mapping = compile_plan(dict(plan))
    for number, record in enumerate(records, 1):
        try:
            made = mapping(record, env(number))
            yield from _as_records(made, number)
        except (MappingError, SchemaError) as failure:
            if bad is None:
                raise
            place = f"record {number}" + (f", {failure.place}" if failure.place else "")
            bad(SchemaError(failure.code, failure.message, hint=failure.hint, place=place))


def _as_records(made: Value, number: int) -> Iterator[Record]:
    for item in made if isinstance(made, list) else [made]:
        if not isinstance(item, dict):
            raise SchemaError(
                "translation.not_an_object",
                "The plan makes a single value of this record where an object is needed.",
                place=f"record {number}",
            )
        yield item


def write(records: Iterable[Record], form: Form) -> Iterator[bytes]:
    """Write records as a document. Raises EncodeError, ConfigError."""
    format_ = codec(form.key)
    return format_.writer(parse_options(format_, form.options))(records)


def preview_env(now: datetime) -> Callable[[int], MapEnv]:
    """Give the facts of a mapping outside of any run: ids are those of run 0, numbers those of no counter."""
    return lambda number: MapEnv(now=now, run_id=f"00000000-0000-0000-0000-{number:012}")


@dataclass(slots=True)
class Tried:
    """What a document turned out to be. is_cut: more records or parts followed than were asked for."""

    form: Form
    records: list[Record] = field(default_factory=list)
    errors: list[InputError] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    is_cut: bool = False


def try_document(
    data: bytes,
    form: Form,
    limits: Limits,
    *,
    most: int,
    is_late: Callable[[], bool],
) -> Tried:
    """Read as much of a document as there is to show: records, every error with its place, and its parts.

    Raises ConfigError for options that are not valid; what is wrong with the document is in ``errors``.
    """
    tried = Tried(form)
    format_ = codec(form.key)
    options = parse_options(format_, form.options)

    def note(failure: InputError) -> None:
        tried.errors.append(failure)
        if len(tried.errors) >= ERRORS_MAX:
            raise LimitError("translation.too_many_errors", f"There are more than {ERRORS_MAX:,} errors.")

    try:
        for record in read((data,), form, limits, bad=note, is_late=is_late):
            if len(tried.records) == most:
                tried.is_cut = True
                break
            tried.records.append(record)
    except InputError as failure:
        tried.errors.append(failure)
    with suppress(InputError):  # reading has told the same, with the same place
        tried.marks = list(islice(format_.outline(options, limits)((data,)), most + 1))
    tried.is_cut = tried.is_cut or len(tried.marks) > most
    del tried.marks[most:]
    return tried


def deadline(seconds: float) -> Callable[[], bool]:
    """Give what says whether so much time has passed."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def too_slow() -> LimitError:
    """Give the error for a document that takes too long here."""
    return LimitError(
        "translation.too_slow",
        "The document takes longer than is allowed here.",
        hint="Upload it to a file trigger, which has no such limit.",
    )
