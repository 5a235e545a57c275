"""Put the records of a Nacha file together: file header, batches with entries and addenda, file control.

Counts, hash and totals are summed on the way (``sums.py``) and compared with what the control records say.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NoReturn

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.codec import Limits, Record
from integrations.formats.nacha.layouts import (
    WIDTH,
    Layout,
    addenda_layout,
    check_digit,
    codes,
    entry_layout,
    has_control,
    header_layout,
    layouts,
)
from integrations.formats.nacha.options import NachaOptions
from integrations.formats.nacha.plain_entry import read_plain
from integrations.formats.nacha.sums import Sums, compare, differs

Kind = Literal["item", "header", "trailer"]
_IAT_ADDENDA = {"10", "11", "12", "13", "14", "15", "16"}
ROUTINGS_KEPT = 50_000


@dataclass(slots=True)
class _Batch:
    """The batch that is being read."""

    record: Record
    header: Record
    entries: list[Record]
    layout: Layout
    is_iat: bool
    sums: Sums = field(default_factory=Sums)
    has_lost: bool = False


class Assembly:
    """The state of reading one file. ``done`` holds the pieces that are complete: (kind, record, lines)."""

    def __init__(
        self,
        options: NachaOptions,
        limits: Limits,
        bad: codec.Bad | None,
        recode: Callable[[str], str] | None,
    ) -> None:
        self.limits = limits
        self.bad = bad
        self.recode = recode
        self.per_entry = options.per == "entry"
        self.is_strict = options.envelope == "required"
        self.checks_all = options.checks == "all"
        self.checks_sums = options.checks != "none"
        self.custom = frozenset(options.custom_codes)
        lists = codes()
        self.transaction_codes = lists["transaction_code"].keys() | self.custom
        self.routings: set[str] = set()
        self.done: list[tuple[Kind, Record, list[str]]] = []
        self.lines: list[str] = []
        self.items = 0
        self.line = 0
        self.stage: Literal["start", "open", "closed"] = "start"
        self.sums = Sums()
        self.has_lost = False
        self.has_advices = False
        self.batch: _Batch | None = None
        self.entry: Record | None = None
        self.skipping = False
        self._takers: dict[str, Callable[[str, str], None]] = {
            "1": self._file_header,
            "5": self._batch_header,
            "6": self._entry,
            "7": self._addenda,
            "8": self._batch_control,
            "9": self._file_control,
        }

    def take(self, text: str, line: int) -> None:
        """Take the next record. Raises DecodeError; its place lacks the line, which the caller adds."""
        self.line = line
        kind = text[:1]
        raw = text
        if len(text) != WIDTH:
            if len(text) > WIDTH and text[WIDTH:].strip(" "):
                raise DecodeError(
                    "nacha.line_long", f"The record has {len(text)} characters instead of {WIDTH}."
                )
            text = text.ljust(WIDTH)[:WIDTH]
        if not text.isprintable() and has_control(text):
            raise DecodeError("nacha.control_character", "The record holds a control character.")
        take = self._takers.get(kind)
        if take is None:
            raise DecodeError(
                "nacha.unknown_record",
                f"There is no record type [{codec.shape(kind)}].",
                hint="A record begins with 1, 5, 6, 7, 8 or 9.",
                place="column 1",
            )
        take(text, raw)

    def lose(self) -> None:
        """Give up what the record that just failed belongs to; the rest of it is skipped."""
        self.has_lost = True
        if self.batch is not None:
            self.batch.has_lost = True
        self.entry = None
        self.skipping = True
        if not self.per_entry or self.batch is None:
            self.lines = []

    def finish(self) -> None:
        """Take the end of the file."""
        if self.stage == "start" and self.line == 0:
            raise DecodeError("nacha.empty", "The file has no records.", place="line 1")
        if self.is_strict and (self.stage != "closed" or self.batch is not None):
            raise DecodeError(
                "nacha.no_control",
                "The file ends without its file control record.",
                hint="It may have been cut on its way: ask for it again, or allow parts of files.",
                place=f"line {self.line}",
            )
        self._end_entry()
        self._end_batch()

    def _refuse(self, code: str, message: str, place: str = "", hint: str = "") -> NoReturn:
        raise DecodeError(f"nacha.{code}", message, place=place, hint=hint)

    def _read(self, layout: Layout, text: str) -> Record:
        record = layout.read(text, self.recode)
        if self.checks_all and not layout.has_numbers(text):
            raise layout.bad_number(text)
        return record

    def _emit(self, kind: Kind, record: Record, lines: list[str]) -> None:
        if kind == "item":
            self.items += 1
            if self.items > self.limits.max_records:
                raise codec.too_many_records("nacha", self.limits, f"line {self.line}")
        self.done.append((kind, record, lines))

    def _file_header(self, text: str, raw: str) -> None:
        if self.stage == "open":
            self._end_batch_or_refuse()
            if self.is_strict:
                self._refuse("second_header", "A second file header stands here, before the file control.")
        layout = layouts()["file_header"]
        record = self._read(layout, text)
        if self.checks_all and (record["record_size"], record["format_code"]) != ("094", "1"):
            self._refuse("not_94", "The file header names another record size or format.", "column 35")
        self.stage, self.sums, self.has_lost, self.has_advices = "open", Sums(), False, False
        self.skipping = False
        self._emit("header", {"record": "file_header", **record}, [raw])

    def _batch_header(self, text: str, raw: str) -> None:
        if self.stage != "open":
            if self.is_strict:
                self._refuse(
                    "no_header",
                    "A batch stands here without a file header before it.",
                    hint="Allow parts of files in the options if the sender sends no header.",
                )
            self.stage = "open"
        self._end_batch_or_refuse()
        self.skipping = False
        entry_class = text[50:53]
        layout = header_layout(entry_class, text[4:20])
        self.lines = [raw]
        is_iat = layout.name == "iat_batch_header"
        header: Record = {}
        record: Record = {"record": "batch", "header": header, "entries": []}
        # Open before it is read: where the header is bad, its entries are skipped with it.
        self.batch = _Batch(record, header, [], entry_layout(entry_class, is_iat=is_iat), is_iat)
        record["entries"] = self.batch.entries  # type: ignore[assignment]  # a list of records is a value
        header.update(self._read(layout, text))
        self.has_advices |= entry_class == "ADV"
        if self.checks_all:
            self._known("service_class_code", text[1:4], layout, text)
            self._known("standard_entry_class", entry_class, layout, text)

    def _known(self, name: str, code: str, layout: Layout, text: str) -> None:
        if code not in codes()[name] and code not in self.custom:
            field_name = "dishonored_return_code" if name not in layout.names else name
            fault = layout.fault(
                field_name if field_name in layout.names else layout.names[1], text, "unknown_code", ""
            )
            self._refuse(
                "unknown_code",
                f"There is no such code [{codec.shape(code)}].",
                place=fault.place,
                hint="Name it in the options if it is one that you agreed on with your bank.",
            )

    def _end_batch_or_refuse(self) -> None:
        if self.batch is None:
            return
        if self.is_strict and not self.batch.has_lost:
            lost, self.batch = self.batch, None
            lost.has_lost = self.has_lost = True
            self._refuse("no_batch_control", "The batch before has no control record.")
        self._end_entry()
        self._end_batch()

    def _entry(self, text: str, raw: str) -> None:
        batch = self.batch
        if batch is None:
            self._orphan("An entry stands here outside of a batch.")
            return
        if self.entry is not None:
            self._end_entry()
        if batch.has_lost and (self.skipping and not self.per_entry):
            return
        self.skipping = False
        layout = batch.layout
        record = read_plain(text) if layout.is_plain else None
        if record is None:
            record = self._read(layout, text)
        if self.checks_all:
            self._check_entry(text, layout)
        if self.checks_sums:
            if not self.checks_all:
                _check_digits(text, layout)
            batch.sums.take(text, layout)
        batch.sums.records += 1
        if self.per_entry:
            self.lines = []
            record = {"record": "entry", "batch": batch.header, **record}
        else:
            batch.entries.append(record)
            if len(self.lines) * WIDTH > self.limits.max_record_bytes:
                raise codec.record_too_large("nacha", self.limits, f"line {self.line}, record batch")
        self.lines.append(raw)
        self.entry = record

    def _check_entry(self, text: str, layout: Layout) -> None:
        if text[3:12] not in self.routings:
            self._check_routing(text, layout)
        if text[1:3] not in self.transaction_codes:
            self._known("transaction_code", text[1:3], layout, text)
        if text[79:] == "000000000000000" and layout.name != "adv_entry_detail":
            raise layout.fault("trace_number", text, "field_missing", "The trace number is missing")

    def _check_routing(self, text: str, layout: Layout) -> None:
        if check_digit(text[3:11]) != text[11]:
            raise layout.fault(
                "check_digit", text, "check_digit", "The routing number does not agree with its check digit"
            )
        if len(self.routings) < ROUTINGS_KEPT:
            self.routings.add(text[3:12])

    def _addenda(self, text: str, raw: str) -> None:
        batch = self.batch
        if batch is None:
            self._orphan("An addenda record stands here outside of a batch.")
            return
        if self.skipping:
            return
        if self.entry is None:
            self._refuse("orphan", "An addenda record stands here without an entry before it.")
        layout = addenda_layout(text[1:3], text[3:6])
        if layout is None:
            self._refuse(
                "unknown_addenda",
                f"There is no addenda type [{codec.shape(text[1:3])}].",
                place="column 2",
                hint="Types are 02, 05, 10 to 18, 98 and 99.",
            )
        record = self._read(layout, text)
        if self.checks_all:
            self._check_addenda(layout, text)
        batch.sums.records += 1
        if len(self.lines) * WIDTH > self.limits.max_record_bytes:
            raise codec.record_too_large("nacha", self.limits, f"line {self.line}, record entry")
        self.lines.append(raw)
        found = self.entry.setdefault("addenda", [])
        if isinstance(found, list):
            found.append(record)

    def _check_addenda(self, layout: Layout, text: str) -> None:
        kind = text[1:3]
        if kind == "98":
            self._known("change_code", text[3:6], layout, text)
        elif kind == "99":
            self._known("return_code", text[3:6], layout, text)
        if "trace_number" in layout.names and text[79:] == "000000000000000":
            raise layout.fault("trace_number", text, "field_missing", "The trace number is missing")

    def _orphan(self, message: str) -> None:
        if self.skipping:
            return
        self._refuse("orphan", message, hint="A batch begins with a record 5.")

    def _end_entry(self) -> None:
        done, self.entry = self.entry, None
        if done is None or self.batch is None:
            return
        if self.batch.is_iat and self.checks_all and (missing := _missing_addenda(done)):
            error = DecodeError(
                "nacha.addenda_missing",
                f"The international entry before has no addenda record {missing}.",
                hint="It needs one each of 10 to 16.",
                place=f"line {self.line}",
            )
            if self.bad is None:
                raise error
            # The record at hand is the next one: only the one before is lost.
            self.bad(error)
            self.batch.has_lost = self.has_lost = True
            return
        if self.per_entry:
            lines, self.lines = self.lines, []
            self._emit("item", done, lines)

    def _batch_control(self, text: str, raw: str) -> None:
        batch = self.batch
        if batch is None:
            if self.skipping:
                self.skipping = False
                return
            self._refuse(
                "orphan",
                "A batch control stands here without a batch.",
                hint="A batch begins with a record 5.",
            )
        failed = True
        try:
            self._end_entry()
            self.skipping = False
            if batch.has_lost:
                return
            layout = layouts()[
                "adv_batch_control" if batch.layout.name == "adv_entry_detail" else "batch_control"
            ]
            control = self._read(layout, text)
            if self.checks_sums:
                compare(batch.sums, control, layout)
            if self.checks_all:
                for name in ("service_class_code", "odfi_identification", "batch_number"):
                    if control[name] != batch.header[name]:
                        raise layout.fault(name, text, "batch_differs", "The batch header has another value")
            batch.record["control"] = control
            self.lines.append(raw)
            failed = False
        finally:
            # Over in any case: the next batch begins cleanly, where reading goes on.
            if failed:
                self.has_lost, self.batch, self.lines = True, None, []
        self._end_batch()

    def _end_batch(self) -> None:
        done, self.batch = self.batch, None
        if done is None:
            return
        self.sums.add(done.sums)
        lines, self.lines = self.lines, []
        if not self.per_entry and not done.has_lost:
            self._emit("item", done.record, lines)

    def _file_control(self, text: str, raw: str) -> None:
        if not text.strip(" 9"):
            if self.stage != "closed" and self.is_strict:
                self._refuse("no_control", "The filling of nines begins before the file control.")
            return
        if self.stage != "open" and self.is_strict:
            self._refuse("no_header", "A file control stands here without a file header.")
        self._end_batch_or_refuse()
        self.skipping = False
        self.stage = "closed"
        layout = layouts()["adv_file_control" if self.has_advices else "file_control"]
        record = self._read(layout, text)
        if self.checks_sums and not self.has_lost:
            if record["batch_count"] != self.sums.batches:
                raise differs("batch_count", record, self.sums.batches, layout)
            compare(self.sums, record, layout)
        self._emit("trailer", {"record": "file_control", **record}, [raw])


def _check_digits(text: str, layout: Layout) -> None:
    if not (text[1:11] + text[layout.amount]).isdecimal():
        name = "rdfi_identification" if text[layout.amount].isdecimal() else layout.amount_name
        raise layout.fault(name, text, "not_digits", "Digits were expected")


def _missing_addenda(entry: Record) -> str:
    addenda = entry.get("addenda")
    kinds = (
        {a["addenda_type"] for a in addenda if isinstance(a, dict)} if isinstance(addenda, list) else set()
    )
    return min((kind for kind in _IAT_ADDENDA if kind not in kinds), default="")
