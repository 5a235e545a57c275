"""Plain text by pattern: reports, mail bodies and log lines as records of the fields found in them."""

from collections.abc import Callable, Iterable, Iterator

from typing_extensions import override

from integrations.errors import InputError, LimitError
from integrations.formats import codec
from integrations.formats.codec import Limits, Mark, Split
from integrations.formats.encoded_text.decode import byte_encoding, texts
from integrations.formats.encoded_text.guess import guess_encoding
from integrations.formats.text.cut import cut_records
from integrations.formats.text.find import finder
from integrations.formats.text.options import TextOptions, groups
from integrations.formats.text.write import write_records
from integrations.schema.model import Field, Schema, Type


class TextCodec(codec.Codec[TextOptions]):
    """A text in which patterns find fields. Every value is text."""

    key = "text"
    title = "Text by pattern"
    media_types = ("text/plain",)
    extensions = ("txt", "log", "text")
    free = "all that no pattern takes: the template says what is written"
    Options = TextOptions

    @override
    def sniff(self, head: bytes) -> codec.Guess | None:
        """Take any text, as the last resort: each line is a record."""
        found = guess_encoding(head)
        if found is None or not head.strip():
            return None
        encoding, sureness = found
        options: dict[str, object] = {"whole": "text"}
        if encoding != "utf-8":
            options["encoding"] = encoding
        return codec.Guess(round(0.08 * sureness, 3), options, encoding=encoding.removesuffix("-sig"))

    @override
    def reader(self, options: TextOptions, limits: Limits) -> codec.Reader:
        """Compile a reader: the fields found in each record."""
        split = self.split(options, limits)
        return lambda chunks, bad=None: (piece.record for piece in split(chunks, bad))

    @override
    def split(self, options: TextOptions, limits: Limits) -> codec.Splitter:
        """Compile a cutter: every record is an item, ``raw`` its text."""
        find = finder(options, limits)

        def split(chunks: Iterable[bytes], bad: codec.Bad | None = None) -> Iterator[Split]:
            encoding, _ = byte_encoding(b"", options.encoding)
            number = 0
            for line, text, damage in cut_records(chunks, options, limits):
                try:
                    if damage is not None:
                        raise damage
                    record = find(line, text)
                except InputError as failure:
                    if bad is None or isinstance(failure, LimitError):
                        raise
                    bad(failure)
                    continue
                if record is None:
                    continue
                number += 1
                if number > limits.max_records:
                    raise codec.too_many_records("text", limits, f"line {line}")
                yield Split("item", number, record, text.encode(encoding))

        return split

    @override
    def writer(self, options: TextOptions) -> codec.Writer:
        """Compile a writer by the template, or by the labels where there is none."""
        return lambda records: write_records(records, options)

    @override
    def schema(self, options: TextOptions) -> Schema:
        """Describe the fields that the patterns and labels name."""
        fields: list[Field] = []
        for pattern in options.patterns:
            found = tuple(Field(name, Type.TEXT) for name in groups(pattern))
            if pattern.into:
                need = pattern.is_required
                fields.append(Field(pattern.into, Type.OBJECT, required=need, repeats=True, fields=found))
            else:
                fields += found
        for prefix in options.prefixes:
            fields.append(
                Field(
                    prefix.field,
                    Type.TEXT,
                    required=prefix.is_required,
                    repeats=prefix.repeats,
                    title=prefix.label,
                )
            )
        if options.whole:
            fields.append(Field(options.whole, Type.TEXT, required=True))
        return Schema(Field("", Type.OBJECT, fields=tuple(fields)), origin="patterns of a text format")

    @override
    def outline(self, options: TextOptions, limits: Limits) -> Callable[[Iterable[bytes]], Iterator[Mark]]:
        """Compile the walk over the records and, inside them, the lines."""

        def walk(chunks: Iterable[bytes]) -> Iterator[Mark]:
            whole = b"".join(codec.blocks(chunks, limits, "text"))
            encoding, at = byte_encoding(whole[:4], options.encoding)
            lines = "".join(texts((whole,), options.encoding, "text")).split("\n")
            starts = [at]
            for line in lines:
                starts.append(starts[-1] + len(f"{line}\n".encode(encoding, "surrogateescape")))
            for first, text, _ in cut_records((whole,), options, limits):
                count = text.count("\n") + 1
                last = lines[first + count - 2].rstrip("\r").encode(encoding, "surrogateescape")
                start = starts[first - 1]
                length = starts[first + count - 2] + len(last) - start
                yield Mark(0, f"line {first}", start, length, text[:200])

        return walk


CODEC = TextCodec()
