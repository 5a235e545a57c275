"""Write a Nacha file: controls are computed, the last block is filled."""

from collections.abc import Iterable, Iterator, Mapping

from integrations.errors import EncodeError
from integrations.formats.codec import Record, Value
from integrations.formats.nacha.assembly import ROUTINGS_KEPT
from integrations.formats.nacha.layouts import (
    WIDTH,
    Layout,
    addenda_layout,
    check_digit,
    codes,
    entry_layout,
    header_layout,
    layouts,
)
from integrations.formats.nacha.options import NachaOptions
from integrations.formats.nacha.plain_entry import write_plain
from integrations.formats.nacha.sums import Sums

_COMPUTED = frozenset(
    {
        "batch_count",
        "block_count",
        "entry_addenda_count",
        "entry_hash",
        "total_debit_amount",
        "total_credit_amount",
    }
)
_ENDS = {"lf": "\n", "crlf": "\r\n", "none": ""}


class _Open:
    """The batch whose entries come one by one."""

    def __init__(self, header: Mapping[str, Value]) -> None:
        self.header = header
        self.layout = _entry_layout(header)
        self.sums = Sums()


class Sheet:
    """The state of writing one file."""

    def __init__(self, options: NachaOptions) -> None:
        self.checks_all = options.checks == "all"
        self.is_strict = options.envelope == "required"
        self.fill = options.fill
        self.known = codes()["transaction_code"].keys() | set(options.custom_codes)
        self.lines = 0
        self.sums = Sums()
        self.is_open = False
        self.has_advices = False
        self.batch: _Open | None = None
        self.number = 0
        self.routings: set[str] = set()

    def write(self, records: Iterable[Record]) -> Iterator[list[str]]:
        """Yield the lines of each record, then those that end the file."""
        for record in records:
            self.number += 1
            place = f"record {self.number}"
            kind = record.get("record", "entry" if "batch" in record else "batch")
            if kind == "batch":
                yield [*self._close_entries(place), *self._batch(record, place)]
            elif kind == "entry":
                yield list(self._single(record, place))
            elif kind == "file_header":
                yield [*self._close_entries(place), *self._close(None, place), *self._header(record, place)]
            elif kind == "file_control":
                yield [*self._close_entries(place), *self._close(record, place)]
            else:
                raise EncodeError(
                    "nacha.unknown_record",
                    "The record is none of file_header, batch, entry, file_control.",
                    place=place,
                )
        place = f"record {self.number}"
        yield [*self._close_entries(place), *self._close(None, place)]
        if self.fill and self.lines % 10:
            yield ["9" * WIDTH] * (10 - self.lines % 10)

    def _count(self, lines: list[str]) -> list[str]:
        self.lines += len(lines)
        return lines

    def _header(self, record: Record, place: str) -> list[str]:
        self.is_open, self.sums, self.has_advices = True, Sums(), False
        # Blocks are counted by file, also where several follow each other in one document.
        self.lines = 0
        return self._count([self._line(layouts()["file_header"], _without(record), f"{place}, file_header")])

    def _batch_header(self, header: Value, place: str) -> tuple[Mapping[str, Value], str]:
        if not self.is_open and self.is_strict:
            raise EncodeError("nacha.no_header", "The first record must be the file_header.", place=place)
        if not isinstance(header, dict):
            raise EncodeError("nacha.no_batch_header", "The batch has no header.", place=place)
        line = self._line(_header_layout(header), header, f"{place}, header")
        self.has_advices |= header.get("standard_entry_class") == "ADV"
        return header, line

    def _batch(self, record: Record, place: str) -> list[str]:
        unknown = record.keys() - {"record", "header", "entries", "control"}
        if unknown:
            raise EncodeError(
                "nacha.extra_field", "A batch has header, entries and control only.", place=place
            )
        header, line = self._batch_header(record.get("header"), place)
        lines, sums = [line], Sums()
        layout = _entry_layout(header)
        entries = record.get("entries")
        for at, entry in enumerate(entries if isinstance(entries, list) else (), 1):
            lines += self._entry(entry, layout, sums, f"{place}, entry {at}")
        if self.is_strict or record.get("control") is not None:
            lines.append(_batch_control(header, sums, record.get("control"), place))
        self.sums.add(sums)
        return self._count(lines)

    def _single(self, record: Record, place: str) -> Iterator[str]:
        header = record.get("batch")
        if self.batch is None or (self.batch.header is not header and self.batch.header != header):
            yield from self._close_entries(place)
            found, line = self._batch_header(header, place)
            self.batch = _Open(found)
            yield from self._count([line])
        entry = record.copy()
        entry.pop("record", None)
        del entry["batch"]
        yield from self._count(self._entry(entry, self.batch.layout, self.batch.sums, place))

    def _close_entries(self, place: str) -> list[str]:
        done, self.batch = self.batch, None
        if done is None:
            return []
        self.sums.add(done.sums)
        return self._count([_batch_control(done.header, done.sums, None, place)] if self.is_strict else [])

    def _entry(self, entry: Value, layout: Layout, sums: Sums, place: str) -> list[str]:
        if not isinstance(entry, dict):
            raise EncodeError("nacha.not_an_entry", "An entry is an object of fields.", place=place)
        addenda = entry.get("addenda")
        if addenda is not None:
            entry = {key: value for key, value in entry.items() if key != "addenda"}
        text = write_plain(entry) if layout.is_plain else None
        if text is None:
            text = self._line(layout, entry, place)
            if not (text[1:11] + text[layout.amount]).isdecimal():
                raise EncodeError(
                    "nacha.field_missing",
                    "An entry needs transaction code, routing number and amount in digits.",
                    place=place,
                )
        if self.checks_all:
            self._check(text, place)
        sums.records += 1
        sums.take(text, layout)
        lines = [text]
        for at, record in enumerate(addenda if isinstance(addenda, list) else (), 1):
            lines.append(self._addenda(record, f"{place}, addenda {at}"))
            sums.records += 1
        return lines

    def _addenda(self, record: Value, place: str) -> str:
        if not isinstance(record, dict):
            raise EncodeError("nacha.not_an_addenda", "An addenda record is made of fields.", place=place)
        code = (
            record.get("return_code")
            or record.get("dishonored_return_code")
            or record.get("contested_return_code")
        )
        layout = addenda_layout(str(record.get("addenda_type") or "05"), str(code or ""))
        if layout is None:
            raise EncodeError(
                "nacha.unknown_addenda",
                "There is no such addenda type.",
                place=f"{place}, field addenda_type",
            )
        return self._line(layout, record, place)

    def _line(self, layout: Layout, record: Record, place: str) -> str:
        text = layout.write(record, place)
        if self.checks_all and not layout.has_numbers(text):
            raise EncodeError(
                "nacha.field_missing",
                "A mandatory number is missing or is none.",
                place=f"{place}, field {layout.missing(text)}",
            )
        return text

    def _check(self, text: str, place: str) -> None:
        if text[1:3] not in self.known:
            raise EncodeError(
                "nacha.unknown_code",
                "There is no such transaction code.",
                place=f"{place}, field transaction_code",
            )
        if text[3:12] in self.routings:
            return
        if text[3:11].isdecimal() and check_digit(text[3:11]) == text[11]:
            if len(self.routings) < ROUTINGS_KEPT:
                self.routings.add(text[3:12])
        else:
            raise EncodeError(
                "nacha.check_digit",
                "The routing number does not agree with its check digit.",
                place=f"{place}, field check_digit",
            )

    def _close(self, record: Record | None, place: str) -> list[str]:
        if not self.is_open and record is None:
            return []
        if not self.is_open and self.is_strict:
            raise EncodeError("nacha.no_header", "The first record must be the file_header.", place=place)
        self.is_open = False
        fields: Record = {} if record is None else {k: v for k, v in record.items() if k not in _COMPUTED}
        fields |= self.sums.fields() | {
            "batch_count": self.sums.batches,
            "block_count": -(-(self.lines + 1) // 10),
        }
        layout = layouts()["adv_file_control" if self.has_advices else "file_control"]
        return self._count([layout.write(_without(fields), f"{place}, file_control")])


def _without(record: Record) -> Record:
    return {key: value for key, value in record.items() if key != "record"}


def _header_layout(header: Mapping[str, Value]) -> Layout:
    return header_layout(
        str(header.get("standard_entry_class") or ""),
        "IATCOR" if "iso_destination_country" in header else "",
    )


def _entry_layout(header: Mapping[str, Value]) -> Layout:
    is_iat = _header_layout(header).name == "iat_batch_header"
    return entry_layout(str(header.get("standard_entry_class") or ""), is_iat=is_iat)


def _batch_control(header: Mapping[str, Value], sums: Sums, control: Value, place: str) -> str:
    given = control if isinstance(control, dict) else {}
    is_advice = header.get("standard_entry_class") == "ADV"
    fields: Record = {
        "service_class_code": header.get("service_class_code"),
        "odfi_identification": header.get("odfi_identification"),
        "batch_number": header.get("batch_number"),
    }
    if not is_advice:
        fields["company_identification"] = header.get(
            "company_identification", header.get("originator_identification")
        )
    fields |= {key: value for key, value in given.items() if key not in _COMPUTED}
    layout = layouts()["adv_batch_control" if is_advice else "batch_control"]
    return layout.write(fields | sums.fields(), f"{place}, control")


def render(lines: list[str], options: NachaOptions) -> bytes:
    """Turn lines into bytes. Raises EncodeError ``nacha.encoding``."""
    end = _ENDS[options.line_end]
    encoding = "latin-1" if options.count == "bytes" else options.encoding
    try:
        return (end.join(lines) + end if lines else "").encode(encoding)
    except UnicodeEncodeError:
        raise EncodeError(
            "nacha.encoding", f"A text holds a letter that {options.encoding} does not have.", place="record"
        ) from None
