"""Segments to dictionaries: compiled once for a segment, its release and the separators of the message.

Keys are the numbers of the fields, components and subcomponents. What the tables call composite is always a
dictionary, what may repeat always a list; what they do not know takes the shape it has in the document. An
empty field or component is left out, but for the last one, which stays as ``""`` (``{}``, ``[]``) so that a
segment keeps its length. ``""`` in the document, which says "delete this", is None.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeAlias

from integrations.formats.codec import Record, Value, shape
from integrations.formats.hl7.escapes import unescaper
from integrations.formats.hl7.moments import date_of, moment_of, number_of
from integrations.formats.hl7.separators import HEADERS, Separators
from integrations.formats.hl7.tables import FieldFact, Release
from integrations.formats.segments.assemble import Fault

MAX_FIELDS = 999
NUMBERS = tuple(str(number) for number in range(1, MAX_FIELDS + 2))
ID = re.compile(r"[A-Z][A-Z0-9]{2}")
NULL = '""'

Convert: TypeAlias = Callable[[str], Value]
ReadSegment: TypeAlias = Callable[[list[str]], Record]
Blank: TypeAlias = Callable[[], Value]

TYPED: Mapping[str, Convert] = {
    "NM": number_of,
    "SI": number_of,
    "DT": date_of,
    "TS": moment_of,
    "DTM": moment_of,
}
# Fields whose type another field of the segment names: segment → (field, field with the type).
VARYING = {"OBX": (5, 2), "MFE": (4, 5), "MFA": (5, 6)}
ANY_TYPE = "varies"


class FieldReader:
    """Makes the readers of the segments of one release, for one set of separators.

    typed: dates, moments, numbers and escapes are read; otherwise every text stays as it is written.
    """

    def __init__(self, release: Release, separators: Separators, *, typed: bool) -> None:
        self.release = release
        self.separators = separators
        self.typed = typed
        self._unescape = unescaper(separators) if typed else None
        self._components: dict[str, Convert] = {}
        self._subcomponents: dict[str, Convert] = {}
        self._fields: dict[tuple[str, bool], Convert] = {}
        self._segments: dict[str, ReadSegment] = {}

    def segment(self, name: str) -> ReadSegment:
        """Give the reader of a segment: its fields without the id, as the separator cuts them."""
        known = self._segments.get(name)
        if known is None:
            fact = self.release.segments.get(name)
            known = self._read(name, fact.fields if fact else ())
            if fact:
                self._segments[name] = known
        return known

    def any_segment(self, name: str) -> ReadSegment:
        """Give the reader of a segment that the tables may not know; Fault where it is none of a message."""
        if name in HEADERS or (name not in self._segments and not ID.fullmatch(name)):
            raise Fault(
                "bad_segment",
                f"A line does not begin with the id of a segment; it has [{shape(name[:4])}] there.",
                hint="A segment begins with three capital letters or digits and the field separator.",
            )
        return self.segment(name)

    def kept(self, name: str, parts: list[str]) -> list[Value]:
        """Read a segment that has no place in its message: its fields in order, "" for an empty one."""
        record = self.any_segment(name)(parts)
        return [record.get(number, "") for number in NUMBERS[: max(map(int, record), default=0)]]

    def _read(self, name: str, facts: tuple[FieldFact, ...]) -> ReadSegment:
        converts = [self.field(self._known(fact.type), repeats=fact.repeats != 1) for fact in facts]
        blanks = [self._blank(fact) for fact in facts]
        free = self.field(ANY_TYPE)
        if name in HEADERS:
            return self._header(_reader(converts[2:], blanks[2:], free, NUMBERS[2:]))
        varying = VARYING.get(name)
        if varying is None:
            return _reader(converts, blanks, free, NUMBERS)
        at, source = varying[0] - 1, varying[1] - 1
        converts[at] = _as_written
        plain = _reader(converts, blanks, free, NUMBERS)
        key, types, repeats = NUMBERS[at], self.release.types, facts[at].repeats != 1

        def read(parts: list[str]) -> Record:
            record = plain(parts)
            if len(parts) > at and parts[at]:
                kind = parts[source]
                known = kind in types or kind in TYPED
                record[key] = self.field(kind if known else ANY_TYPE, repeats=repeats)(parts[at])
            return record

        return read

    def _known(self, kind: str) -> str:
        """Give the type's name, the same for all that are read as texts."""
        return kind if kind in self.release.types or kind in TYPED else ANY_TYPE

    def _blank(self, fact: FieldFact) -> Blank:
        if fact.repeats != 1:
            return list
        return dict if fact.type in self.release.types else str

    def _header(self, rest: ReadSegment) -> ReadSegment:
        """Read MSH, FHS or BHS: its first field is the separator itself, its second names the others."""
        start = {"1": self.separators.field, "2": self.separators.encoding}
        return lambda parts: {**start, **rest(parts[1:])}

    def field(self, kind: str, *, repeats: bool = False) -> Convert:
        """Give the reader of a field of this type."""
        known = self._fields.get((kind, repeats))
        if known is None:
            components, mark = self.release.types.get(kind), self.separators.component
            if components is None:
                one = self._simple(kind, mark)
            else:
                free = self._component(ANY_TYPE)
                columns = [self._component(fact.type) for fact in components]
                one = _composite(mark, columns, free, (self.separators.sub, self.separators.escape))
            blank: Blank = dict if components else str
            known = (_repeated if repeats else _single)(one, self.separators.repetition, blank)
            self._fields[kind, repeats] = known
        return known

    def _component(self, kind: str) -> Convert:
        components, sub = self.release.types.get(kind), self.separators.sub
        name = kind if components or kind in TYPED else ANY_TYPE
        known = self._components.get(name)
        if known is None:
            if components is not None and sub:
                free = self._subcomponent(ANY_TYPE)
                columns = [self._subcomponent(fact.type) for fact in components]
                known = _composite(sub, columns, free, (self.separators.escape, ""))
            else:
                known = self._simple(kind, sub)
            self._components[name] = known
        return known

    def _subcomponent(self, kind: str) -> Convert:
        name = kind if kind in TYPED else ANY_TYPE
        known = self._subcomponents.get(name)
        if known is None:
            known = self._subcomponents[name] = self._simple(name, "")
        return known

    def _simple(self, kind: str, mark: str) -> Convert:
        """Read a text, number or date; `mark`: what would cut it into parts after all."""
        convert = TYPED.get(kind) if self.typed else None
        escape, unescape = self.separators.escape, self._unescape
        cut = self._free(mark) if mark else None

        def read(text: str) -> Value:
            if text.isalnum():
                return convert(text) if convert else text
            if cut is not None and (mark in text or sub in text):
                return cut(text)
            if text == NULL:
                return None
            if unescape is not None and escape and escape in text:
                return unescape(text)
            return convert(text) if convert else text

        # A field without components may still have subcomponents; a component has only those.
        sub = (self.separators.sub if mark == self.separators.component else mark) or mark
        return read

    def _free(self, mark: str) -> Convert:
        """Read what is cut at `mark` although the tables know nothing of it: the parts by their numbers."""
        inner = (
            self._simple(ANY_TYPE, self.separators.sub)
            if mark == self.separators.component
            else self._simple(ANY_TYPE, "")
        )

        def read(text: str) -> Value:
            record: Record = {}
            parts = text.split(mark, MAX_FIELDS)
            _read_more(record, parts, 0, inner, NUMBERS)
            return record

        return read


def _as_written(text: str) -> Value:
    return text


def _composite(  # noqa: C901  hot: a call a component is dear
    mark: str, converts: list[Convert], text_of: Convert, special: tuple[str, str]
) -> Convert:
    """Read what the tables cut into components. text_of: reads texts, and what the tables do not know.

    special: marks without which (and without quotes) every text is as it stands; may be empty or the same.
    """
    known = len(converts)
    columns = _columns(converts, text_of)
    one, is_text = columns[0] or text_of, columns[0] is None

    def read(text: str) -> Value:  # noqa: C901
        if mark not in text:
            if is_text and text.isalnum():
                return {"1": text}
            return None if text == NULL else {"1": one(text)}
        parts = text.split(mark, MAX_FIELDS)
        record: Record = {}
        if first in text or second in text or '"' in text:
            for key, part, convert in zip(NUMBERS, parts, columns, strict=False):
                if part:
                    if convert is None:
                        record[key] = part if part.isalnum() else text_of(part)
                    else:
                        record[key] = convert(part)
        else:
            # Nothing special in the whole field: one look instead of one at each component.
            for key, part, convert in zip(NUMBERS, parts, columns):  # noqa: B905  dearer with strict
                if part:
                    record[key] = part if convert is None else convert(part)
        if len(parts) > known:
            _read_more(record, parts, known, text_of, NUMBERS)
        elif not parts[-1]:
            record[NUMBERS[len(parts) - 1]] = ""
        return record

    # Where the message does not name one of them, the other is looked for twice, or the slower way is taken.
    first, second = special[0] or mark, special[1] or special[0] or mark
    return read


def _columns(converts: list[Convert], text_of: Convert) -> list[Convert | None]:
    """Put None for texts: most are letters and digits, and those cost no call (1.2 times as fast)."""
    return [None if convert is text_of else convert for convert in converts]


def _reader(
    converts: list[Convert], blanks: list[Blank], text_of: Convert, numbers: tuple[str, ...]
) -> ReadSegment:
    known = len(converts)
    columns = _columns(converts, text_of)

    def read(parts: list[str]) -> Record:
        record: Record = {}
        for key, part, convert in zip(numbers, parts, columns, strict=False):
            if part:
                if convert is None:
                    record[key] = part if part.isalnum() else text_of(part)
                else:
                    record[key] = convert(part)
        if len(parts) > known:
            _read_more(record, parts, known, text_of, numbers)
        elif parts and not parts[-1]:
            record[numbers[len(parts) - 1]] = blanks[len(parts) - 1]()
        return record

    return read


def _read_more(record: Record, parts: list[str], known: int, free: Convert, numbers: tuple[str, ...]) -> None:
    """Read what follows the fields or components that the tables know."""
    if len(parts) > len(numbers) - 1:
        raise Fault("too_many_parts", f"A segment or field has more than {MAX_FIELDS} parts.")
    for at in range(known, len(parts)):
        if parts[at]:
            record[numbers[at]] = free(parts[at])
    if not parts[-1]:
        record[numbers[len(parts) - 1]] = ""


def _single(one: Convert, mark: str, blank: Blank) -> Convert:
    """Read a field that should not repeat, and may all the same."""
    if not mark:
        return one

    def read(text: str) -> Value:
        if mark in text:
            return [one(part) if part else blank() for part in text.split(mark)]
        return one(text)

    return read


def _repeated(one: Convert, mark: str, blank: Blank) -> Convert:
    if not mark:
        return lambda text: [one(text)]

    def read(text: str) -> Value:
        if mark in text:
            return [one(part) if part else blank() for part in text.split(mark)]
        return [one(text)]

    return read


@lru_cache(maxsize=64)
def field_reader(release: Release, separators: Separators, *, typed: bool) -> FieldReader:
    """Give the readers of a release for these separators; they are kept, as most messages share them."""
    return FieldReader(release, separators, typed=typed)
