"""ISO 8583: one message, or a stream of messages with their length before them."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from typing_extensions import override

from integrations.errors import DecodeError, EncodeError
from integrations.formats import codec
from integrations.formats.codec import Limits, Record, Split
from integrations.formats.iso8583.described import describe
from integrations.formats.iso8583.fields import field_forms
from integrations.formats.iso8583.message import MessageForm, title_of
from integrations.formats.iso8583.options import Iso8583Options
from integrations.schema.model import Schema

_FRAMES = {"none": 0, "2": 2, "4": 4, "ascii": 4}
# What partners use most; each is tried on the first message.
_FAMILIES: tuple[dict[str, object], ...] = (
    {},
    {"bitmap": "binary"},
    {"mti": "bcd", "bitmap": "binary", "numbers": "bcd", "lengths": "bcd"},
    {"mti": "ebcdic", "bitmap": "binary", "numbers": "ebcdic", "texts": "ebcdic", "lengths": "ebcdic"},
    {"mti": "ebcdic", "bitmap": "ebcdic", "numbers": "ebcdic", "texts": "ebcdic", "lengths": "ebcdic"},
)


class Iso8583Codec(codec.Codec[Iso8583Options]):
    """Card messages."""

    key = "iso8583"
    title = "ISO 8583"
    media_types = ("application/x-iso8583",)
    extensions = ("iso", "iso8583")
    free = "capital letters in hexadecimal bitmaps"
    Options = Iso8583Options

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Try the usual ways to write a message on the first one."""
        for frame in ("none", "2", "4", "ascii"):
            for counts_itself in (False, True) if frame != "none" else (False,):
                message = _first(head, frame, counts_itself=counts_itself)
                if message is None:
                    continue
                own = {} if frame == "none" else {"frame": frame, "frame_counts_itself": counts_itself}
                for family in range(len(_FAMILIES)):
                    if guess := _try(message, family, {**own}):
                        return guess
        looks = head[:4].isdigit() and title_of(head[:4].decode("latin-1")) and _is_hex(head[4:20])
        return codec.Guess(0.45, {}, title_of(head[:4].decode("latin-1"))) if looks else None

    @override
    def reader(self, options: Iso8583Options, limits: Limits) -> codec.Reader:
        """Compile a reader: one record a message."""
        messages = _message_reader(options, limits)
        return lambda chunks, bad=None: (record for record, _ in messages(chunks, bad))

    @override
    def split(self, options: Iso8583Options, limits: Limits) -> codec.Splitter:
        """Compile a cutter: one item a message, without its length."""
        messages = _message_reader(options, limits)

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            for number, (record, raw) in enumerate(messages(chunks, bad), 1):
                yield Split("item", number, record, raw)

        return split

    @override
    def writer(self, options: Iso8583Options) -> codec.Writer:
        """Compile a writer. The bitmaps and lengths follow from the fields."""
        form = MessageForm(options)

        def write(records: Iterable[Record]) -> Iterator[bytes]:
            for number, record in enumerate(records, 1):
                if number > 1 and options.frame == "none":
                    raise EncodeError(
                        "iso8583.one_message",
                        "A document without lengths holds one message.",
                        hint="Choose a length before each message.",
                        place=f"record {number}",
                    )
                try:
                    message = form.write(record)
                    length = _length(len(message), options)
                except EncodeError as failure:
                    raise EncodeError(
                        failure.code,
                        failure.message,
                        hint=failure.hint,
                        place=f"record {number}, {failure.place}",
                    ) from None
                yield length + message

        return write

    @override
    def schema(self, options: Iso8583Options) -> Schema:
        """Describe a message by the edition's table and the partner's rules."""
        return describe(options)

    @override
    def outline(
        self, options: Iso8583Options, limits: Limits
    ) -> Callable[[Iterable[bytes]], Iterator[codec.Mark]]:
        """Compile the walk over messages and fields. Data are not shown: they may be card data."""
        form, titles = MessageForm(options), field_forms(options)

        def walk(chunks: Iterable[bytes]) -> Iterator[codec.Mark]:
            at, size = 0, _FRAMES[options.frame]
            for number, raw in enumerate(_frames(chunks, options, limits), 1):
                at += size
                try:
                    record, parts = form.read(raw)
                except DecodeError:
                    yield codec.Mark(0, f"message {number}", at, len(raw), "")
                else:
                    mti = str(record["mti"])
                    yield codec.Mark(0, f"message {number}", at, len(raw), mti, title_of(mti))
                    for part in parts:
                        field = titles.get(int(part.label)) if part.label.isdigit() else None
                        label = f"field {part.label}" if part.label.isdigit() else part.label
                        length = part.end - part.start
                        title = field.title if field else ""
                        yield codec.Mark(1, label, at + part.start, length, "", title)
                at += len(raw)

        return walk


def _is_hex(raw: bytes) -> bool:
    return len(raw) == 16 and set(raw) <= set(b"0123456789ABCDEFabcdef")


def _first(head: bytes, frame: str, *, counts_itself: bool) -> bytes | None:
    size = _FRAMES[frame]
    if frame == "none":
        return head.rstrip(b"\r\n") if head[:1] else None
    raw = head[:size]
    if frame == "ascii" and not raw.isdigit():
        return None
    length = (int(raw) if frame == "ascii" else int.from_bytes(raw, "big")) - size * counts_itself
    return head[size : size + length] if 20 <= length <= len(head) - size else None


@lru_cache(maxsize=16)
def _form_of(family: int, version: str) -> MessageForm:
    return MessageForm(Iso8583Options.model_validate({**_FAMILIES[family], "version": version}))


def _try(message: bytes, family: int, framing: dict[str, object]) -> codec.Guess | None:
    for version, edition in (("1987", "0"), ("1993", "1")):
        try:
            record, _ = _form_of(family, version).read(message)
        except DecodeError:
            continue
        title = title_of(str(record["mti"]))
        # The first digit of a message type is its edition.
        if title and title[0] == edition and len(record) > 1:
            chosen = _FAMILIES[family] | framing | ({"version": version} if version != "1987" else {})
            return codec.Guess(0.95, chosen, title)
    return None


def _length(size: int, options: Iso8583Options) -> bytes:
    own = _FRAMES[options.frame]
    counted = size + own * options.frame_counts_itself
    if not own:
        return b""
    if options.frame == "ascii":
        if counted > 9999:
            raise EncodeError(
                "iso8583.too_long", "The message is longer than its length can say.", place="message"
            )
        return f"{counted:04}".encode()
    if counted >= 256**own:
        raise EncodeError(
            "iso8583.too_long", "The message is longer than its length can say.", place="message"
        )
    return counted.to_bytes(own, "big")


def _frames(chunks: Iterable[bytes], options: Iso8583Options, limits: Limits) -> Iterator[bytes]:
    """Cut a stream into messages. Memory is one message and one block."""
    blocks = codec.blocks(chunks, limits, "iso8583")
    size = _FRAMES[options.frame]
    if not size:
        yield _whole(blocks, limits)
        return
    held, at, offset = b"", 0, 0
    for block in blocks:
        held, at = held[at:] + block, 0
        while len(held) - at >= size:
            length = _read_length(held[at : at + size], options, offset)
            if length > limits.max_record_bytes:
                raise codec.record_too_large("iso8583", limits, f"offset {offset}")
            if len(held) - at < size + length:
                break
            yield held[at + size : at + size + length]
            at += size + length
            offset += size + length
    if len(held) > at:
        raise DecodeError(
            "iso8583.truncated",
            "The document ends within a message or its length.",
            hint="It may have been cut on its way, or the lengths are written in another way.",
            place=f"offset {offset}",
        )
    if not offset:
        raise DecodeError("iso8583.empty", "The document has no messages.", place="offset 0")


def _whole(blocks: Iterator[bytes], limits: Limits) -> bytes:
    parts, size = [], 0
    for block in blocks:
        parts.append(block)
        size += len(block)
        if size > limits.max_record_bytes:
            raise codec.record_too_large("iso8583", limits, "message 1")
    return b"".join(parts)


def _read_length(raw: bytes, options: Iso8583Options, offset: int) -> int:
    own = len(raw) if options.frame_counts_itself else 0
    if options.frame != "ascii":
        length = int.from_bytes(raw, "big") - own
    else:
        length = int(raw) - own if raw.isdigit() else -1
    if length < 0:
        raise DecodeError(
            "iso8583.frame",
            "There is no length before the message.",
            hint="Check how lengths are written.",
            place=f"offset {offset}",
        )
    return length


def _message_reader(
    options: Iso8583Options, limits: Limits
) -> Callable[[Iterable[bytes], codec.Bad | None], Iterator[tuple[Record, bytes]]]:
    form = MessageForm(options)

    def messages(chunks: Iterable[bytes], bad: codec.Bad | None) -> Iterator[tuple[Record, bytes]]:
        for number, raw in enumerate(_frames(chunks, options, limits), 1):
            if number > limits.max_records:
                raise codec.too_many_records("iso8583", limits, f"message {number}")
            try:
                record, _ = form.read(raw)
            except DecodeError as failure:
                error = DecodeError(
                    failure.code,
                    failure.message,
                    hint=failure.hint,
                    place=f"message {number}, {failure.place}",
                )
                if bad is None:
                    raise error from None
                bad(error)
                continue
            yield record, raw

    return messages


CODEC = Iso8583Codec()
