"""What to find in a plain text: how it is cut into records, and the patterns of their fields."""

import re
from typing import Literal, Self

import re2
from pydantic import Field, field_validator, model_validator

from integrations.formats import codec
from integrations.formats.encoded_text.decode import Encoding

_MAX_PATTERN = 2_000


def compile_pattern(text: str) -> "re2._Regexp[str]":
    """Compile for RE2, which is linear in the text. Raises ValueError in words for the form."""
    if re.search(r"(?<!\\)(?:\\\\)*\\C", text):
        raise ValueError("The pattern cannot be used: \\C takes half of a character.")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 8 << 20
    try:
        return re2.compile(text, options)
    except re2.error as failure:
        raise ValueError(
            f"The pattern cannot be used: {failure}. Look-ahead and back-references are unknown."
        ) from None


class Pattern(codec.Options):
    """One thing to find in a record."""

    expression: str = Field(
        min_length=1,
        max_length=_MAX_PATTERN,
        title="Pattern",
        description="A regular expression (RE2) with named groups: (?P<number>[0-9]+).",
    )
    into: str = Field(
        default="",
        max_length=100,
        title="Into",
        description="Every match becomes an item of this list; empty: the first fills the record.",
    )
    is_required: bool = Field(
        default=False, title="Required", description="A record in which it is not found is refused."
    )

    @field_validator("expression")
    @classmethod
    def _compiles(cls, text: str) -> str:
        if not compile_pattern(text).groupindex:
            raise ValueError("The pattern names no group: write (?P<name>...) around what is wanted.")
        return text


class Prefix(codec.Options):
    """A line that begins with a label, such as ``Patient: ...``; lines indented below it belong to it."""

    label: str = Field(
        min_length=1, max_length=200, title="Label", description="As the line begins, with its colon."
    )
    field: str = Field(min_length=1, max_length=100, title="Field")
    repeats: bool = Field(default=False, title="Repeats", description="Each such line is an item of a list.")
    is_required: bool = Field(default=False, title="Required", description="Refuse a record without it.")


class TextOptions(codec.Options):
    """How a text is cut, read and written."""

    records: Literal["line", "paragraph", "start", "document"] = Field(
        default="line",
        title="Records",
        description="Each line, each paragraph, from one line of a pattern to the next, or the document.",
    )
    start: str = Field(
        default="",
        max_length=_MAX_PATTERN,
        title="First line of a record",
        description="A pattern that is found in the line with which a record begins.",
    )
    patterns: tuple[Pattern, ...] = Field(default=(), max_length=100, title="Patterns")
    prefixes: tuple[Prefix, ...] = Field(default=(), max_length=200, title="Lines with labels")
    whole: str = Field(
        default="", max_length=100, title="Whole text into", description="A field for the text of the record."
    )
    unmatched: Literal["refuse", "skip", "keep"] = Field(
        default="refuse",
        title="Records in which nothing is found",
        description="Refuse them, skip them, or keep them with their whole text only.",
    )
    template: str = Field(
        default="",
        max_length=20_000,
        title="Template for writing",
        description="The text of a record with {field} for values; {{ and }} are braces.",
    )
    encoding: Encoding = Field(default="utf-8", title="Encoding")
    line_end: Literal["crlf", "lf"] = Field(default="lf", title="Line end", description="For writing.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not (self.patterns or self.prefixes or self.whole):
            raise ValueError("Give a pattern, a label, or a field for the whole text.")
        if (self.records == "start") != bool(self.start):
            raise ValueError(
                "The first line of a record is needed where records begin by a pattern, and only there."
            )
        if self.start:
            compile_pattern(self.start)
        names = [
            name
            for pattern in self.patterns
            for name in ([pattern.into] if pattern.into else groups(pattern))
        ]
        names += {prefix.field for prefix in self.prefixes}
        names += [self.whole] if self.whole else []
        if len(set(names)) != len(names):
            raise ValueError("Two patterns or labels fill the same field.")
        if self.unmatched == "keep" and not self.whole:
            raise ValueError("To keep records in which nothing is found, name a field for the whole text.")
        return self


def numbered(pattern: Pattern) -> list[tuple[str, int]]:
    """Give the named groups of a pattern with their numbers, from 1, in their order."""
    found = compile_pattern(pattern.expression).groupindex
    return sorted(found.items(), key=lambda group: group[1])


def groups(pattern: Pattern) -> list[str]:
    """Name the groups of a pattern in their order."""
    return [name for name, _ in numbered(pattern)]
