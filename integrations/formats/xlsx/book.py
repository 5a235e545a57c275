"""What stands beside the sheets: their names, the date system, number formats and the shared texts.

Source: ECMA-376-1, 12.3 (parts), 18.2 (workbook), 18.4 (shared strings), 18.8 (styles). Both its namespaces
(transitional and strict) are read.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from typing_extensions import override

from integrations.errors import DecodeError, LimitError
from integrations.formats.codec import Limits
from integrations.formats.xlsx.markup import Events, parse
from integrations.formats.xlsx.number_formats import PLAIN, Kind, Look, built_in, look
from integrations.formats.xlsx.options import XlsxOptions
from integrations.formats.xlsx.package import UNPACKED_TIMES, Package, resolve
from integrations.formats.xlsx.values import unescaped

_MAX_STYLES: Final = 100_000


class Sheet(NamedTuple):
    """One sheet with cells. number: among all sheets, from 1. part: where its cells are."""

    number: int
    name: str
    is_hidden: bool
    part: str


@dataclass(slots=True)
class Book:
    """What cells refer to. looks: by the number of a cell's style; only those that say something."""

    package: Package
    limits: Limits
    sheets: list[Sheet] = field(default_factory=list)
    from_1904: bool = False
    looks: dict[int, Look] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    def choose(self, options: XlsxOptions) -> Sheet:
        """Find the sheet that is asked for. Raises DecodeError ``xlsx.no_sheet``."""
        for sheet in self.sheets:
            if options.sheet:
                is_meant = sheet.name.casefold() == options.sheet.casefold()
            elif options.sheet_number:
                is_meant = sheet.number == options.sheet_number
            else:
                is_meant = not sheet.is_hidden
            if is_meant and self.package.holds(sheet.part):
                return sheet
        raise DecodeError(
            "xlsx.no_sheet",
            f"The workbook has no such sheet; it has {len(self.sheets)} with cells.",
            place="workbook",
            hint="Check the name or the number of the sheet in the options.",
        )


def open_book(package: Package, limits: Limits) -> Book:
    """Read the workbook, its styles and texts."""
    book = Book(package, limits)
    main = _target(_relations(book, "", ""), "/officeDocument") or "xl/workbook.xml"
    if not package.holds(main):
        raise DecodeError(
            "xlsx.not_a_workbook",
            "This is not an Excel workbook: it has no workbook part.",
            place="directory",
        )
    folder, _, name = main.rpartition("/")
    relations = _relations(book, folder, name)
    found = _Workbook()
    _read(book, main, found, "workbook")
    book.from_1904 = found.from_1904
    for number, (title, is_hidden, relation) in enumerate(found.sheets, 1):
        kind, part = relations.get(relation, ("", ""))
        if kind.endswith("/worksheet"):
            book.sheets.append(Sheet(number, title, is_hidden, part))
    if (styles := _target(relations, "/styles")) and package.holds(styles):
        formats = _Styles()
        _read(book, styles, formats, "styles")
        book.looks = formats.looks()
    if (strings := _target(relations, "/sharedStrings")) and package.holds(strings):
        shared = _Texts(limits)
        _read(book, strings, shared, "shared texts")
        book.texts = shared.texts
    return book


_Relations = dict[str, tuple[str, str]]


def _read(book: Book, part: str, events: Events, title: str) -> None:
    for _ in parse(book.package.blocks(part, title), events, book.limits, title):
        pass


def _relations(book: Book, folder: str, name: str) -> _Relations:
    """Give id → (type, part) of a part's relationships; nothing if it has none."""
    part = resolve(folder, f"_rels/{name}.rels")
    if not book.package.holds(part):
        return {}
    found = _Relationships(folder)
    _read(book, part, found, "relationships")
    return found.found


def _target(relations: _Relations, kind: str) -> str:
    return next((part for found, part in relations.values() if found.endswith(kind)), "")


class _Relationships(Events):
    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.found: _Relations = {}

    @override
    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            part = resolve(self.folder, attributes.get("Target", ""))
            self.found[attributes.get("Id", "")] = (attributes.get("Type", ""), part)


class _Workbook(Events):
    def __init__(self) -> None:
        self.sheets: list[tuple[str, bool, str]] = []
        self.from_1904 = False

    @override
    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.from_1904 = attributes.get("date1904") in {"1", "true", "on"}
        elif name == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(" id")), "")
            is_hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((attributes.get("name", ""), is_hidden, relation))


class _Styles(Events):
    """Number formats of cell styles; ``cellStyleXfs`` and differential formats are no styles of cells."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}
        self.styles: list[str] = []
        self.is_cells = False

    @override
    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self.codes.setdefault(attributes.get("numFmtId", ""), attributes.get("formatCode", ""))
        elif name == "cellXfs":
            self.is_cells = True
        elif name == "xf" and self.is_cells and len(self.styles) < _MAX_STYLES:
            self.styles.append(attributes.get("numFmtId", "0"))

    @override
    def end(self, name: str) -> None:
        if name == "cellXfs":
            self.is_cells = False

    def looks(self) -> dict[int, Look]:
        """Give what the styles say, where they say something."""
        found = {number: self._look(style) for number, style in enumerate(self.styles)}
        return {number: one for number, one in found.items() if one != PLAIN}

    def _look(self, style: str) -> Look:
        if style in self.codes:
            return look(self.codes[style])
        return built_in(int(style)) if style.isascii() and style.isdigit() and len(style) < 6 else PLAIN


class _Texts(Events):
    """Shared texts: runs of rich text are joined, readings for pronunciation left out."""

    def __init__(self, limits: Limits) -> None:
        self.texts: list[str] = []
        self.limits = limits
        self.parts: list[str] = []
        self.run: list[str] = []
        self.held = self.heard = 0
        self.is_text = self.is_reading = self.keeps_spaces = False

    @override
    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "t":
            self.is_text = not self.is_reading
            self.run, self.keeps_spaces = [], keeps_spaces(attributes)
        elif name == "si":
            self.parts = []
            self.heard = 0
        elif name == "rPh":
            self.is_reading = True

    @override
    def text(self, text: str) -> None:
        if self.is_text:
            self.run.append(text)
            self.heard += len(text)
            if self.heard > self.limits.max_field_bytes:
                raise too_long(self.limits, f"shared text {len(self.texts) + 1}")

    @override
    def end(self, name: str) -> None:
        if name == "t" and self.is_text:
            self.is_text = False
            self.parts.append(trimmed("".join(self.run), keeps=self.keeps_spaces))
        elif name == "rPh":
            self.is_reading = False
        elif name == "si":
            text = "".join(self.parts)
            self.held += len(text)
            self.texts.append(unescaped(text))
            place = f"shared text {len(self.texts)}"
            if self.held + 8 * len(self.texts) > UNPACKED_TIMES // 3 * self.limits.max_bytes:
                raise LimitError("xlsx.expansion", "The workbook holds too much text.", place=place)


def keeps_spaces(attributes: dict[str, str]) -> bool:
    """Whether a text says that spaces around it count."""
    return bool(attributes) and attributes.get("http://www.w3.org/XML/1998/namespace space") == "preserve"


def trimmed(text: str, *, keeps: bool) -> str:
    """Take away spaces around a text that does not keep them, as Excel does."""
    return text if keeps else text.strip(" \t\r\n")


def too_long(limits: Limits, place: str) -> LimitError:
    """Give the error for a text of more than ``limits.max_field_bytes``."""
    return LimitError(
        "xlsx.field_too_long",
        f"A text is longer than the {limits.max_field_bytes:,} bytes allowed here.",
        place=place,
    )


def is_dated(found: Look) -> bool:
    """Whether numbers of this look are days, moments or times."""
    return found.kind is not Kind.NUMBER


def merged_cells(book: Book, sheet: Sheet) -> list[tuple[str, str]]:
    """Give the corners of merged cells, which stand after the cells in a sheet's part."""
    found = _Merged()
    _read(book, sheet.part, found, f"sheet {sheet.number}")
    return found.corners


class _Merged(Events):
    def __init__(self) -> None:
        self.corners: list[tuple[str, str]] = []

    @override
    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "mergeCell" and len(self.corners) < _MAX_STYLES:
            first, _, last = attributes.get("ref", "").partition(":")
            self.corners.append((first, last or first))
