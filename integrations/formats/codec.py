"""The contract between the formats and everything that reads or writes documents.

A format is a folder with ``codec.py`` (its one instance ``CODEC``), ``samples/`` and ``help.md``, and one
line in ``registry.py``. ``tests/contracts/test_codecs.py`` runs the same suite over every registered one:
samples decode to the expected records, ``decode(encode(x)) == x``, any chunking gives the same result,
truncation and garbage give an InputError with a place, limits hold, memory stays flat.

Compiling is apart from running: ``reader``, ``writer``, ``split``, ``document`` and ``dump`` do all their
checking of options once and give a function to use often, from any thread.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal  # noqa: TC003  the alias is resolved at run time elsewhere
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from integrations.errors import ConfigError, EncodeError, InputError, LimitError, Problem
from integrations.schema.model import Schema

Value: TypeAlias = (
    "bool | int | Decimal | str | bytes | date | datetime | list[Value] | dict[str, Value] | None"
)
Record: TypeAlias = dict[str, Value]

BLOCK_BYTES = 64 << 10
SNIFF_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Limits:
    """What a decoder may take in before it gives up with a LimitError.

    max_bytes: the whole document. max_depth: nesting. max_field_bytes: one text or cell. max_record_bytes:
    one record of a streamed document, which is what bounds the memory of a reader whatever max_bytes is.
    """

    max_bytes: int = 10 << 20
    max_records: int = 1_000_000
    max_depth: int = 64
    max_field_bytes: int = 1 << 20
    max_record_bytes: int = 10 << 20


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Split:
    """One piece of a document that was cut into runs.

    number: ordinal among the pieces of this kind, from 1. raw: the bytes of the piece, without the line end.
    """

    kind: Literal["item", "header", "trailer"]
    number: int
    record: Record
    raw: bytes


@dataclass(frozen=True, slots=True)
class Guess:
    """What a format says of an unknown document's first bytes.

    confidence: 0.0 to 1.0. options: enough of them to read the document (dialect, encoding, message).
    message: the type of message in words ("850 Purchase Order, 004010"), empty where there is none.
    """

    confidence: float
    options: Mapping[str, object] = field(default_factory=dict)
    message: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """One part of a document and where it stands: what a page shows as a tree.

    depth: 0 for the outermost parts. label: what the format calls it (``NM1``, ``line 3``, ``order/@id``).
    offset, length: in bytes. text: the part as it stands, cut at 200 characters.
    """

    depth: int
    label: str
    offset: int
    length: int
    text: str
    title: str = ""


class Options(BaseModel):
    """Base of every format's options: a form is made from the fields, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


O = TypeVar("O", bound=BaseModel)  # noqa: E741  the options of one format

Bad: TypeAlias = Callable[[InputError], None]
"""Takes the error of one record, so that reading goes on with the next (the lenient mode)."""

Numbers: TypeAlias = Callable[[str], int]
"""Gives the next control number of an envelope: ``interchange``, ``group`` or ``message``."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a received acknowledgement says of something that was sent.

    envelope: interchange, group or message. number: its control number as the acknowledgement writes it.
    within: the control number of the group around a message, where it is told. reason: codes and places.
    """

    envelope: Literal["interchange", "group", "message"]
    number: str
    verdict: Literal["accepted", "accepted with errors", "rejected"]
    within: str = ""
    reason: str = ""


Acknowledge: TypeAlias = Callable[[bytes, Numbers, datetime], bytes]
"""(received document, numbers, now) → the acknowledgement of all that is in it, good or bad."""

Enveloped: TypeAlias = Callable[[Value, Numbers, datetime], bytes]
"""(value, numbers, now) → the document; what the records say of their envelopes goes first."""

Writer: TypeAlias = Callable[[Iterable[Record]], Iterator[bytes]]


class Reader(Protocol):
    """Chunks of any size in, records out, in O(record) memory."""

    def __call__(self, chunks: Iterable[bytes], bad: Bad | None = None) -> Iterator[Record]:
        """Yield the records.

        Without `bad` the first wrong record raises its InputError. With it, the error of a record that costs
        only that record is handed over and reading goes on; what spoils the rest of the document (a limit,
        a lost place) is still raised.
        """
        ...


class Splitter(Protocol):
    """Cuts a document for file triggers: header first, then items, then trailer."""

    def __call__(self, chunks: Iterable[bytes], bad: Bad | None = None) -> Iterator[Split]:
        """Yield the pieces.

        What the trailer promises (counts, totals) is checked before the trailer is yielded, so a mismatch is
        raised after all items: the caller commits nothing as complete before the iterator has ended.
        """
        ...


class Codec(ABC, Generic[O]):
    """One format. The place of every InputError names the line, record and field, or the path in it.

    extensions: usual endings of file names, without the dot. free: what a round trip may change because the
    format leaves it free, in words for the documentation.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    media_types: ClassVar[tuple[str, ...]]
    extensions: ClassVar[tuple[str, ...]] = ()
    free: ClassVar[str] = ""
    Options: type[O]

    @abstractmethod
    def sniff(self, head: bytes) -> Guess | None:
        """Say how much the first bytes (up to SNIFF_BYTES) look like this format; None: not at all."""

    @abstractmethod
    def reader(self, options: O, limits: Limits) -> Reader:
        """Compile a streaming reader."""

    @abstractmethod
    def writer(self, options: O) -> Writer:
        """Compile a streaming writer. It raises EncodeError for a record that the format cannot hold."""

    @abstractmethod
    def split(self, options: O, limits: Limits) -> Splitter:
        """Compile a streaming cutter for file triggers."""

    def document(self, options: O, limits: Limits) -> Callable[[bytes], Value]:
        """Compile the hot path: a whole small document to its value; the list of records unless JSON."""
        read = self.reader(options, limits)
        return lambda data: list(read((data,)))

    def dump(self, options: O) -> Callable[[Value], bytes]:
        """Compile the way back of ``document``."""
        write = self.writer(options)
        return lambda value: b"".join(write(records_of(value, self.key, self.title)))

    def enveloped(self, options: O) -> Enveloped:
        """Compile ``dump`` for formats whose envelopes say when they were made and carry control numbers."""
        dump = self.dump(options)
        return lambda value, numbers, now: dump(value)  # noqa: ARG005  for formats that have none

    def acknowledge(self, options: O, limits: Limits) -> Acknowledge | None:  # noqa: ARG002  for those that have one
        """Compile the making of acknowledgements; None where the format knows none."""
        return None

    def outcomes(self, options: O) -> Callable[[Record], list[Outcome]] | None:  # noqa: ARG002  as above
        """Compile the reading of a decoded acknowledgement; None where the format knows none."""
        return None

    def schema(self, options: O) -> Schema | None:  # noqa: ARG002  for formats that know
        """Describe the records that these options read; None where only the document can tell."""
        return None

    def outline(self, options: O, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over a document's parts and their positions, as far as it can be read.

        Here: one mark a piece of ``split``; a format with inner structure gives its own.
        """
        split = self.split(options, limits)

        def walk(chunks: Iterable[bytes]) -> Iterator[Mark]:
            at = 0
            whole = b"".join(blocks(chunks, limits, self.key))
            for piece in split((whole,), lambda _: None):
                found = whole.find(piece.raw, at)
                at = found if found >= 0 else at
                text = piece.raw[:200].decode("utf-8", "replace")
                yield Mark(0, f"{piece.kind} {piece.number}", at, len(piece.raw), text)
                at += len(piece.raw)

        return walk


def records_of(value: Value, key: str, title: str) -> Iterator[Record]:
    """Take the records of a value to be written: a list of objects, or one object.

    Raises EncodeError ``<format>.not_a_list`` or ``<format>.not_an_object`` with the number of the record.
    """
    items = value if isinstance(value, list) else [value] if isinstance(value, dict) else None
    if items is None:
        raise EncodeError(f"{key}.not_a_list", f"{title} is made from a list of records.", place="document")
    for number, item in enumerate(items, 1):
        if not isinstance(item, dict):
            raise EncodeError(
                f"{key}.not_an_object", f"{title} is made from records.", place=f"record {number}"
            )
        yield item


def parse_options(codec: Codec[Any], raw: Mapping[str, object]) -> BaseModel:
    """Check a stored or posted mapping of options against the codec's model.

    Raises ConfigError (``format.options``) with every problem; a place is the path of the option
    (``fields[2].length``).
    """
    try:
        options: BaseModel = codec.Options.model_validate(dict(raw))
    except ValidationError as failure:
        problems = tuple(
            Problem("format.options", found["msg"].removeprefix("Value error, "), option_path(found["loc"]))
            for found in failure.errors(include_url=False, include_context=False, include_input=False)
        )
        raise ConfigError(
            "format.options",
            f"The options of the format {codec.title} are not valid: "
            + "; ".join(f"{p.place}: {p.message}" if p.place else p.message for p in problems[:5]),
            place=problems[0].place,
            problems=problems,
        ) from None
    return options


def option_path(location: tuple[int | str, ...]) -> str:
    """Write pydantic's location as we write places: ``("records", 0, "fields")`` is ``records[0].fields``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def blocks(
    chunks: Iterable[bytes], limits: Limits, format_key: str, size: int = BLOCK_BYTES
) -> Iterator[bytes]:
    """Recut a stream into blocks of exactly ``size`` bytes (the last may be shorter), however it came.

    So what a reader does cannot depend on how the network cut the document, and one-byte chunks cost
    nothing extra. Raises LimitError ``<format>.too_large`` as soon as more than ``limits.max_bytes`` have
    come in.
    """
    pending: list[bytes] = []
    held = taken = 0
    for chunk in chunks:
        taken += len(chunk)
        if taken > limits.max_bytes:
            raise too_large(format_key, limits)
        pending.append(chunk)
        held += len(chunk)
        if held < size:
            continue
        joined = b"".join(pending)
        whole = held - held % size
        for start in range(0, whole, size):
            yield joined[start : start + size]
        pending, held = [joined[whole:]], held - whole
    if held:
        yield b"".join(pending)


def too_large(format_key: str, limits: Limits) -> LimitError:
    """Give the error for a document of more than ``limits.max_bytes``."""
    return LimitError(
        f"{format_key}.too_large",
        f"The document is larger than the {limits.max_bytes:,} bytes allowed here.",
        place=f"offset {limits.max_bytes}",
        hint="Send it in parts, or upload it to a file trigger, which reads as a stream.",
    )


def record_too_large(format_key: str, limits: Limits, place: str) -> LimitError:
    """Give the error for a record of more than ``limits.max_record_bytes``."""
    return LimitError(
        f"{format_key}.record_too_large",
        f"A record is larger than the {limits.max_record_bytes:,} bytes allowed here.",
        place=place,
    )


def too_many_records(format_key: str, limits: Limits, place: str) -> LimitError:
    """Give the error for the first record past ``limits.max_records``."""
    return LimitError(
        f"{format_key}.too_many_records",
        f"The document has more than the {limits.max_records:,} records allowed here.",
        place=place,
    )


_SHAPE = str.maketrans(
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "9" * 10 + "a" * 26 + "A" * 26
)


def shape(text: str) -> str:
    """Mask a value for an error message: only its form remains, at most 16 characters.

    >>> shape("AB-1207 ü")
    'AA-9999 *'
    """
    masked = "".join(
        letter if letter.isascii() and letter.isprintable() else "*" for letter in text[:16].translate(_SHAPE)
    )
    return masked + ("…" if len(text) > 16 else "")
