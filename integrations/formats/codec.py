"""The contract between the formats and everything that reads or writes documents.

A format is a folder with ``codec.py`` (its one instance ``CODEC``), ``samples/`` and ``help.md``, and one
line in ``registry.py``. ``tests/contracts/test_codecs.py`` runs the same suite over every registered one:
samples decode to the expected records, ``decode(encode(x)) == x``, any chunking gives the same result,
truncation and garbage give an InputError with a place, limits hold, memory stays flat.

Compiling is apart from running: ``reader``, ``writer``, ``split``, ``document`` and ``dump`` do all their
checking of options once and give a function to use often, from any thread.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime  # noqa: TC003  the alias is resolved at run time elsewhere
from decimal import Decimal  # noqa: TC003  as above
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from integrations.errors import ConfigError, LimitError, Problem

Value: TypeAlias = (
    "bool | int | Decimal | str | bytes | date | datetime | list[Value] | dict[str, Value] | None"
)
Record: TypeAlias = dict[str, Value]

BLOCK_BYTES = 64 << 10


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


class Options(BaseModel):
    """Base of every format's options: a form is made from the fields, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


O = TypeVar("O", bound=BaseModel)  # noqa: E741  the options of one format


class Codec(Protocol[O]):
    """One format. The place of every InputError names the line, record and field, or the JSON path."""

    key: str
    title: str
    media_types: tuple[str, ...]
    Options: type[O]

    def sniff(self, head: bytes) -> float:
        """How much the first bytes look like this format, from 0.0 (not at all) to 1.0 (certain)."""
        ...

    def reader(self, options: O, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Record]]:
        """Compile a streaming reader: chunks of any size in, records out, in O(record) memory."""
        ...

    def split(self, options: O, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Split]]:
        """Compile a streaming cutter for file triggers: header first, then items, then trailer.

        What the trailer promises (counts, totals) is checked before the trailer is yielded, so a mismatch
        is raised after all items: the caller commits nothing as complete before the iterator has ended.
        """
        ...

    def writer(self, options: O) -> Callable[[Iterable[Record]], Iterator[bytes]]:
        """Compile a streaming writer. Raises EncodeError for a record that the format cannot hold."""
        ...

    def document(self, options: O, limits: Limits) -> Callable[[bytes], Value]:
        """Compile the hot path: a whole small document to its value (JSON) or list of records (others)."""
        ...

    def dump(self, options: O) -> Callable[[Value], bytes]:
        """Compile the way back of ``document``."""
        ...


def parse_options(codec: Codec[Any], raw: Mapping[str, object]) -> BaseModel:
    """Check a stored or posted mapping of options against the codec's model.

    Raises ConfigError (``format.options``) with every problem; a place is the path of the option
    (``fields[2].length``).
    """
    try:
        options: BaseModel = codec.Options.model_validate(dict(raw))
    except ValidationError as failure:
        problems = tuple(
            Problem("format.options", found["msg"], option_path(found["loc"]))
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
