"""Write a report: totals and counts are computed."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from integrations.errors import DecodeError, EncodeError
from integrations.formats.bai2.assembly import Level
from integrations.formats.bai2.fields import (
    KEPT,
    Cursor,
    Read,
    continued,
    places_of,
    read_header,
    read_summaries,
    read_transaction,
    write_header,
    write_summary,
    write_transaction,
)
from integrations.formats.bai2.lines import cut_records
from integrations.formats.bai2.options import Bai2Options
from integrations.formats.codec import DEFAULT_LIMITS, Record, Value

_ACCOUNT_KEYS: Final = frozenset(
    {"record", "group", "account", "currency", "summaries", "transactions", KEPT}
)
_PLAIN: Final = Bai2Options()


class Sheet:
    """The state of writing one report."""

    def __init__(self) -> None:
        self.file: Level | None = None
        self.group: Level | None = None
        self.header: Value = None

    def write(self, records: Iterable[Record]) -> Iterator[list[str]]:
        """Yield the physical records of each record, then those that end the file."""
        number = 0
        for number, record in enumerate(records, 1):
            place = f"record {number}"
            kind = record.get("record", "account")
            if kind == "file_header":
                yield [*self._close(), *self._file_header(record, place)]
            elif kind in {"account", "group"}:
                yield [*self._group(record.get("group"), place), *self._account(record, place, kind)]
            elif kind == "file_trailer":
                yield self._close()
            else:
                raise EncodeError(
                    "bai2.unknown_record",
                    "The record is none of file_header, account, group, file_trailer.",
                    place=place,
                )
        yield self._close()

    def _file_header(self, record: Record, place: str) -> list[str]:
        plain = {key: value for key, value in record.items() if key != "record"}
        lines = _header(plain, "01", place)
        self.file = Level(records=len(lines))
        return lines

    def _group(self, header: Value, place: str) -> list[str]:
        if self.file is None:
            raise EncodeError("bai2.no_header", "The first record must be the file_header.", place=place)
        if self.group is not None and (self.header is header or self.header == header):
            return []
        if not isinstance(header, dict):
            raise EncodeError("bai2.no_group", "The account has no group header.", place=place)
        closing = self._close_group()
        lines = _header(header, "02", f"{place}, group")
        self.group, self.header = Level(records=len(lines)), header
        return closing + lines

    def _account(self, record: Record, place: str, kind: Value) -> list[str]:
        if kind == "group":
            return []
        extra = record.keys() - _ACCOUNT_KEYS
        if extra:
            raise EncodeError(
                "bai2.extra_field",
                "A record has a field that has no place.",
                place=f"{place}, {min(extra)[:40]}",
            )
        group = record["group"]
        default = group.get("currency") if isinstance(group, dict) else None
        places = places_of(record.get("currency") or default)
        level = Level()
        lines = _account_lines(record, places, level, place)
        found = record.get("transactions")
        for at, transaction in enumerate(found if isinstance(found, list) else (), 1):
            lines += _transaction(transaction, places, level, f"{place}, transaction {at}")
        level.records = len(lines) + 1
        lines.append(f"49,{level.total},{level.records}/")
        if self.group is not None:
            level.close_into(self.group)
        return lines

    def _close_group(self) -> list[str]:
        done, self.group, self.header = self.group, None, None
        if done is None or self.file is None:
            return []
        done.records += 1
        done.close_into(self.file)
        return [f"98,{done.total},{done.members},{done.records}/"]

    def _close(self) -> list[str]:
        lines = self._close_group()
        done, self.file = self.file, None
        if done is not None:
            lines.append(f"99,{done.total},{done.members},{done.records + 1}/")
        return lines


def _kept(value: Mapping[str, Value]) -> list[str]:
    found = value.get(KEPT)
    if not isinstance(found, list) or not all(isinstance(line, str) for line in found):
        return []
    return [str(line) for line in found]


def _says(physical: list[str], code: str, read: Read, places: int) -> tuple[Record, int] | None:
    """Read kept physical records again; None where they are not one record of this code."""
    try:
        [logical] = cut_records(iter(["\n".join(physical).encode()]), _PLAIN, DEFAULT_LIMITS)
        if logical.code != code:
            return None
        return read(Cursor(logical.text, 0, code), places)
    except (DecodeError, ValueError):
        return None


def _header(record: Mapping[str, Value], code: str, place: str) -> list[str]:
    own = {key: value for key, value in record.items() if key not in {KEPT, "number"}}
    kept = _kept(record)
    if kept:
        found = _says(kept, code, lambda cursor, _: (read_header(cursor, code), 0), 0)
        if found is not None and found[0] == own:
            return kept
    return continued(code, write_header(own, code, place))


def _account_lines(record: Record, places: int, level: Level, place: str) -> list[str]:
    number, currency = record.get("account"), record.get("currency") or ""
    if (
        not isinstance(number, str)
        or not number
        or not isinstance(currency, str)
        or set(number + currency) & set(",/\n")
    ):
        raise EncodeError(
            "bai2.field_missing", "An account has a number, and may have a currency.", place=place
        )
    fields = [number, currency]
    found = record.get("summaries")
    for at, summary in enumerate(found if isinstance(found, list) else (), 1):
        if not isinstance(summary, dict):
            raise EncodeError("bai2.not_a_summary", "A summary is an object.", place=f"{place}, summary {at}")
        parts, cents = write_summary(summary, places, f"{place}, summary {at}")
        fields += parts
        level.total += cents
    written = continued("03", ",".join(fields))
    kept = _kept(record)
    again = _says(kept, "03", _read_account, places) if kept else None
    own = {"account": number, "currency": currency, "summaries": found or []}
    return kept if again is not None and again[0] == own else written


def _read_account(cursor: Cursor, places: int) -> tuple[Record, int]:
    record: Record = {"account": cursor.take(), "currency": cursor.take()}
    return record | {"summaries": [*read_summaries(cursor, places)[0]]}, 0


def _transaction(record: Value, places: int, level: Level, place: str) -> list[str]:
    if not isinstance(record, dict):
        raise EncodeError("bai2.not_a_transaction", "A transaction is an object.", place=place)
    text, cents = write_transaction(record, places, place)
    level.total += cents
    kept = _kept(record)
    if kept:
        again = _says(kept, "16", read_transaction, places)
        if again is not None and again[0] == {key: value for key, value in record.items() if key != KEPT}:
            return kept
    written = continued("16", text)
    again = _says(written, "16", read_transaction, places)
    if again is None or again[0].get("text") != (record.get("text") or ""):
        raise EncodeError(
            "bai2.text",
            "A line of the text would be read as a record, or it holds a control character.",
            place=f"{place}, text",
        )
    return written
