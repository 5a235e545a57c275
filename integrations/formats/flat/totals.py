"""Count and add up what the trailer promises."""

from collections.abc import Sequence
from decimal import Context, Decimal

from integrations.errors import DecodeError, EncodeError
from integrations.formats.codec import Record, Value
from integrations.formats.flat.layout import Check, FlatField, FlatRecord

_EXACT = Context(prec=200)


class Totals:
    """The running counts and totals of one file. key: of the format, for its errors."""

    def __init__(self, key: str, records: Sequence[FlatRecord], checks: Sequence[Check]) -> None:
        self.key = key
        trailer = next((layout for layout in records if layout.role == "trailer"), None)
        promised = {field.name: field for field in trailer.all_fields} if trailer else {}
        data = tuple(layout.name for layout in records if layout.role == "item")
        self.checks: list[tuple[Check, FlatField]] = [(check, promised[check.field]) for check in checks]
        self.found = [Decimal(0) for _ in self.checks]
        counted: dict[str, list[tuple[int, str]]] = {layout.name: [] for layout in records}
        for index, (check, _) in enumerate(self.checks):
            for name in check.records or data:
                counted[name].append((index, check.of if check.kind == "sum" else ""))
        self.counted = counted

    def add(self, name: str, record: Record) -> None:
        """Take a record into the counts and totals."""
        for index, field in self.counted[name]:
            if not field:
                self.found[index] += 1
                continue
            value = record.get(field)
            if isinstance(value, int | Decimal):
                self.found[index] = _EXACT.add(self.found[index], Decimal(value))

    def verify(self, record: Record, line: int, name: str) -> None:
        """Compare with the trailer. Raises DecodeError ``count_mismatch`` or ``total_mismatch``."""
        self.add(name, record)
        for check, field, expected in self._expected():
            promised = record[check.field]
            if promised == expected:
                continue
            start = getattr(field, "start", None)
            column = f", column {start}" if start else ""
            place = f"line {line}, record {name}, field {check.field}{column}"
            hint = "The file may be incomplete: ask the sender for it again."
            if check.kind == "count":
                said = promised if isinstance(promised, int | Decimal) else "no number of"
                raise DecodeError(
                    f"{self.key}.count_mismatch",
                    f"The trailer promises {said} records, the file has {expected}.",
                    place=place,
                    hint=hint,
                )
            raise DecodeError(
                f"{self.key}.total_mismatch",
                f"The trailer's total of {check.of} is not what the records add up to.",
                place=place,
                hint=hint,
            )

    def fill(self, record: Record, number: int) -> Record:
        """Give the trailer with its checked fields filled in. Raises EncodeError where it says otherwise."""
        self.add(str(record.get("record")), record)
        values: dict[str, Value] = {}
        for check, field, expected in self._expected():
            said = record.get(check.field)
            if said is not None and said != expected:
                raise EncodeError(
                    f"{self.key}.{'count' if check.kind == 'count' else 'total'}_mismatch",
                    "The trailer says something else than the records add up to.",
                    place=f"record {number}, field {check.field}",
                )
            values[check.field] = int(expected) if field.type == "integer" else expected
        return {**record, **values}

    def _expected(self) -> list[tuple[Check, FlatField, Decimal]]:
        expected = []
        for (check, field), found in zip(self.checks, self.found, strict=True):
            scale = field.scale if field.type == "decimal" and field.point == "implied" else 0
            digits = (field.length or 100) - scale - (field.sign != "none")
            value = found
            if check.overflow == "cut":
                value = _EXACT.remainder(found, Decimal(10) ** digits)
            expected.append((check, field, value))
        return expected
