"""Cut a stream of YAML into its documents, at the markers that may stand nowhere else.

``---`` and ``...`` at the beginning of a line are no content, even inside a quoted or literal text (YAML
1.2.2, section 9.1.2): so one document is in memory at a time, and a broken one costs only itself.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import Literal

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Limits
from integrations.formats.encoded_text.decode import byte_encoding, marked_encoding, texts

MAX_DOCUMENT_CHARACTERS = 5 << 20

_MARKER = re.compile(r"(---|\.\.\.)(?:[ \t\r\n]|\Z)")
_NOTHING = re.compile(r"[ \t]*(?:#.*)?[\r\n]*\Z")
_AFTER_END = re.compile(r"\.\.\.[ \t]*(?:[ \t]#.*)?[\r\n]*\Z")
_VERSION = re.compile(r"%YAML[ \t]+1\.[0-9]{1,5}[ \t]*(?:[ \t]#.*)?[\r\n]*\Z")


@dataclass(slots=True)
class Document:
    """One document's text. line: its first, from 1. start: bytes before it, but for a mark.

    tags: its directives of tags, to be put before the text. problem: what is wrong with its directives.
    """

    line: int
    start: int
    parts: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    problem: DecodeError | None = None

    def text(self) -> str:
        """Give the text as it stands, its marker included."""
        return "".join(self.parts)


class _Cutter:
    """The state between two lines. Directives may stand only before a document, never inside one."""

    def __init__(self, limits: Limits, encoding: str) -> None:
        self.encoding = encoding
        self.limit = min(limits.max_record_bytes, MAX_DOCUMENT_CHARACTERS)
        self.line = self.at = self.size = 0
        self.current: Document | None = None
        self.directives: list[str] = []
        self.problem: DecodeError | None = None
        self.may_direct = True

    def take(self, text: str) -> Document | None:
        """Take the next line; gives the document that it ends."""
        self.line += 1
        found = _MARKER.match(text)
        done: Document | None = None
        if found:
            done = self._mark(text, found[1])
        elif self.current:
            self._add(text)
        elif text.startswith("%") and self.may_direct:
            self._direct(text)
        elif not _NOTHING.match(text):
            if self.directives:
                self.problem = _misplaced(self.line)
            self._open()
            self._add(text)
        self.at += byte_length(text, self.encoding)
        return done

    def _mark(self, text: str, mark: str) -> Document | None:
        done, self.current = self.current, None
        if mark == "---":
            self._open()
            self._add(text)
            return done
        self.may_direct = True
        if self.directives:
            self.problem = _misplaced(self.line)
        if not _AFTER_END.match(text):
            (done or self).problem = _misplaced(self.line)
        return done or self._leftover()

    def _leftover(self) -> Document | None:
        """Give what holds a problem that belongs to no document."""
        if self.problem is None:
            return None
        self._open()
        done, self.current = self.current, None
        return done

    def _open(self) -> None:
        self.current = Document(self.line, self.at, tags=self.directives, problem=self.problem)
        self.directives, self.problem, self.may_direct, self.size = [], None, False, 0

    def _add(self, text: str) -> None:
        if self.current:
            self.current.parts.append(text)
            self.size += len(text)
            if self.size > self.limit:
                raise codec.record_too_large(
                    "yaml", Limits(max_record_bytes=self.limit), f"line {self.current.line}"
                )

    def _direct(self, text: str) -> None:
        if text.startswith("%TAG"):
            self.directives.append(text if text.endswith("\n") else text + "\n")
        elif text.startswith(("%YAML ", "%YAML\t")):
            is_second = any(line.startswith("%YAML") for line in self.directives)
            if is_second or not _VERSION.match(text):
                self.problem = _misplaced(self.line)
            self.directives.append("%YAML 1.2\n")

    def end(self) -> Document | None:
        if self.current is None and self.directives:
            self.problem = self.problem or _misplaced(self.line)
        return self.current or self._leftover()


def byte_length(text: str, encoding: str) -> int:
    """Give how many bytes a text had; bytes that were none of the encoding count as they stand in it now."""
    return len(text.encode(encoding, "surrogateescape" if encoding.startswith("utf-8") else "surrogatepass"))


def _misplaced(line: int) -> DecodeError:
    return DecodeError(
        "yaml.directive",
        "A directive or marker of a document is wrong here.",
        hint="A directive (%YAML, %TAG) stands before '---'; after a document '...' comes first.",
        place=f"line {line}",
    )


def cut_documents(chunks: Iterable[bytes], limits: Limits) -> Iterator[Document]:
    """Yield the documents. UTF-8, or UTF-16 and UTF-32 where a byte order mark says so."""
    stream = codec.blocks(chunks, limits, "yaml")
    first = next(stream, b"")
    encoding = marked_unicode(first)
    cutter = _Cutter(limits, byte_encoding(first[:4], encoding)[0])
    for line in _lines(texts(_chained(first, stream), encoding, "yaml"), cutter):
        if (done := cutter.take(line)) is not None:
            yield done
    if (done := cutter.end()) is not None:
        yield done


def marked_unicode(head: bytes) -> Literal["utf-8", "utf-16", "utf-32"]:
    """Tell the encoding by the byte order mark, as YAML has it (section 5.2); UTF-8 without one."""
    name = (marked_encoding(head) or ("utf-8", b""))[0]
    return "utf-16" if name == "utf-16" else "utf-32" if name == "utf-32" else "utf-8"


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _lines(stream: Iterator[str], cutter: _Cutter) -> Iterator[str]:
    """Cut lines after LF, CR or CRLF; a very long one is given up before it is whole."""
    parts: list[str] = []
    size = 0
    for text in stream:
        parts.append(text)
        size += len(text)
        if size > cutter.limit:
            line = cutter.current.line if cutter.current else cutter.line + 1
            # What is pending may be many lines; only one that is too long by itself ends here.
            if "\n" not in text and "\r" not in text:
                raise codec.record_too_large("yaml", Limits(max_record_bytes=cutter.limit), f"line {line}")
        if text and "\n" not in text and "\r" not in text:
            continue
        lines = list(StringIO("".join(parts), newline=""))
        parts = [lines.pop()] if text and lines and not lines[-1].endswith("\n") else []
        size = sum(map(len, parts))
        yield from lines
    yield from StringIO("".join(parts), newline="")
