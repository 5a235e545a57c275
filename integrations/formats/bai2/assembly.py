"""Put the records of a report together: file, groups, accounts with their transactions."""

from dataclasses import dataclass, field
from typing import Literal, NoReturn

from integrations.errors import DecodeError
from integrations.formats import codec
from integrations.formats.bai2.fields import (
    Cursor,
    continued,
    keeps,
    places_of,
    read_header,
    read_summaries,
    read_transaction,
    write_header,
    write_summary,
    write_transaction,
)
from integrations.formats.bai2.lines import Logical
from integrations.formats.bai2.options import Bai2Options
from integrations.formats.codec import Limits, Record

Kind = Literal["item", "header", "trailer"]


@dataclass(slots=True)
class Level:
    """What a trailer promises of its file, group or account. total: in the currency's smallest unit."""

    total: int = 0
    members: int = 0
    records: int = 0
    has_lost: bool = False

    def close_into(self, outer: "Level") -> None:
        """Add this level to the one around it."""
        outer.total += self.total
        outer.members += 1
        outer.records += self.records
        outer.has_lost |= self.has_lost


@dataclass(slots=True)
class _Account:
    record: Record
    level: Level
    places: int
    transactions: list[Record] = field(default_factory=list)
    size: int = 0


class Assembly:
    """The state of reading one report. ``done`` holds complete pieces: (kind, record, as it stands)."""

    def __init__(self, options: Bai2Options, limits: Limits) -> None:
        self.checks = options.checks == "all"
        self.limits = limits
        self.done: list[tuple[Kind, Record, str]] = []
        self.line = 0
        self.items = 0
        self.groups = 0
        self.file: Level | None = None
        self.group: Level | None = None
        self.header: Record = {}
        self.account: _Account | None = None
        self.raws: list[str] = []
        self.skipping = False
        self.is_over = False
        self._takers = {
            "01": self._file_header,
            "02": self._group_header,
            "03": self._account,
            "16": self._transaction,
            "49": self._account_trailer,
            "98": self._group_trailer,
            "99": self._file_trailer,
        }

    def take(self, logical: Logical) -> None:
        """Take the next logical record. Raises DecodeError."""
        self.line = logical.line
        self._takers[logical.code](logical)

    def lose(self) -> None:
        """Give up the account at hand: its other records are skipped, what it belongs to is not checked."""
        self.skipping = self.account is not None or self.skipping
        self.account = None
        for level in (self.group, self.file):
            if level is not None:
                level.has_lost = True

    def finish(self) -> None:
        """Take the end of the document."""
        if not self.is_over and self.file is None:
            raise DecodeError("bai2.empty", "The document has no records.", place="line 1")
        if self.file is not None:
            raise DecodeError(
                "bai2.no_trailer",
                "The file ends without its trailer record 99.",
                hint="It may have been cut on its way: ask for it again.",
                place=f"line {self.line}",
            )

    def _refuse(self, logical: Logical, code: str, message: str) -> NoReturn:
        raise DecodeError(f"bai2.{code}", message, place=f"line {logical.line}, record {logical.code}")

    def _cursor(self, logical: Logical) -> Cursor:
        return Cursor(logical.text, logical.line, logical.code)

    def _file_header(self, logical: Logical) -> None:
        if self.file is not None:
            self._refuse(logical, "second_header", "A second file header stands here, before the trailer.")
        self.file = Level(records=len(logical.physical))
        self.groups = 0
        record = read_header(self._cursor(logical), "01")
        keeps(record, continued("01", write_header(record, "01", "")), logical.physical)
        self.done.append(("header", {"record": "file_header", **record}, logical.raw))

    def _group_header(self, logical: Logical) -> None:
        if self.file is None:
            self._refuse(logical, "no_header", "A group stands here without a file header before it.")
        if self.group is not None or self.account is not None:
            self._refuse(logical, "no_trailer", "The group before has no trailer record 98.")
        self.skipping = False
        self.group = Level(records=len(logical.physical))
        self.groups += 1
        # Open before it is read: where it is bad, its accounts are skipped with it.
        self.header = {}
        record = read_header(self._cursor(logical), "02")
        keeps(record, continued("02", write_header(record, "02", "")), logical.physical)
        self.header = {"number": self.groups, **record}

    def _account(self, logical: Logical) -> None:
        if self.group is None:
            self._refuse(logical, "orphan", "An account stands here outside of a group.")
        if self.account is not None:
            self.lose()
            self._refuse(logical, "no_trailer", "The account before has no trailer record 49.")
        self.skipping = not self.header
        if self.skipping:
            return
        cursor = self._cursor(logical)
        level = Level(records=len(logical.physical))
        number, currency = cursor.take(), cursor.take()
        places = places_of(currency or self.header.get("currency"))
        record: Record = {"record": "account", "group": self.header, "account": number, "currency": currency}
        self.account = _Account(record, level, places)
        if not number:
            raise cursor.fault("field_missing", "The account number is empty", "")
        summaries, level.total = read_summaries(cursor, places)
        fields = [number, currency]
        for summary in summaries:
            fields += write_summary(summary, places, "")[0]
        record["summaries"] = [*summaries]
        record["transactions"] = []
        keeps(record, continued("03", ",".join(fields)), logical.physical)
        self.raws = [logical.raw]

    def _transaction(self, logical: Logical) -> None:
        if self.account is None:
            if self.skipping:
                return
            self._refuse(logical, "orphan", "A transaction stands here outside of an account.")
        account = self.account
        transaction, cents = read_transaction(self._cursor(logical), account.places)
        keeps(
            transaction,
            continued("16", write_transaction(transaction, account.places, "")[0]),
            logical.physical,
        )
        account.level.total += cents
        account.level.records += len(logical.physical)
        account.size += sum(map(len, logical.physical))
        if account.size > self.limits.max_record_bytes:
            raise codec.record_too_large("bai2", self.limits, f"line {logical.line}")
        account.transactions.append(transaction)
        self.raws.append(logical.raw)

    def _account_trailer(self, logical: Logical) -> None:
        account, self.account = self.account, None
        if account is None:
            if self.skipping and self.group is not None:
                self.skipping = False
                return
            self._refuse(logical, "orphan", "An account trailer stands here without an account.")
        cursor = self._cursor(logical)
        account.level.records += len(logical.physical)
        self._check(cursor, account.level, has_members=False)
        if self.group is not None:
            account.level.close_into(self.group)
        account.record["transactions"] = [*account.transactions]
        self._emit(account.record, "".join([*self.raws, logical.raw]), logical.line)

    def _emit(self, record: Record, raw: str, line: int) -> None:
        self.items += 1
        if self.items > self.limits.max_records:
            raise codec.too_many_records("bai2", self.limits, f"line {line}")
        self.done.append(("item", record, raw))

    def _group_trailer(self, logical: Logical) -> None:
        group = self.group
        if group is None:
            self._refuse(logical, "orphan", "A group trailer stands here without a group.")
        if self.account is not None:
            self.lose()
            self._refuse(logical, "no_trailer", "The account before has no trailer record 49.")
        self.group, self.skipping = None, False
        group.records += len(logical.physical)
        if not group.members and not group.has_lost:
            self._emit({"record": "group", "group": self.header}, logical.raw, logical.line)
        if self.file is not None:
            group.close_into(self.file)
        self._check(self._cursor(logical), group, has_members=True)

    def _file_trailer(self, logical: Logical) -> None:
        found = self.file
        if found is None:
            self._refuse(logical, "orphan", "A file trailer stands here without a file header.")
        if self.group is not None:
            self._refuse(logical, "no_trailer", "The group before has no trailer record 98.")
        found.records += len(logical.physical)
        self._check(self._cursor(logical), found, has_members=True)
        self.file, self.is_over, self.skipping = None, True, False
        self.done.append(("trailer", {"record": "file_trailer"}, logical.raw))

    def _check(self, cursor: Cursor, level: Level, *, has_members: bool) -> None:
        total = cursor.amount()
        members = cursor.count() if has_members else None
        records = cursor.count()
        if not self.checks or level.has_lost:
            return
        if total != level.total:
            self._differs(cursor, "control_total", "The control total is not the sum of the amounts", 2)
        if has_members and members != level.members:
            what = f"The record says {members} members, there are {level.members}"
            self._differs(cursor, "member_count", what, 3)
        if records != level.records:
            what = f"The record says {records} records, there are {level.records}"
            self._differs(cursor, "record_count", what, 4 if has_members else 3)

    def _differs(self, cursor: Cursor, code: str, message: str, number: int) -> NoReturn:
        raise DecodeError(
            f"bai2.{code}",
            f"{message}.",
            hint="The file was changed or cut on its way: ask for it again.",
            place=f"line {cursor.line}, record {cursor.kind}, field {number}",
        )
