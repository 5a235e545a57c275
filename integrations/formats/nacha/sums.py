"""What the control records of a Nacha file promise: counts, hash and totals, and whether it is so."""

from dataclasses import dataclass
from decimal import Decimal

from integrations.errors import DecodeError
from integrations.formats.codec import Record
from integrations.formats.nacha.layouts import Layout, is_credit

HASH_MODULUS = 10**10


@dataclass(slots=True)
class Sums:
    """What the control records promise. Amounts in cents."""

    batches: int = 0
    records: int = 0
    hash: int = 0
    debits: int = 0
    credits: int = 0

    def add(self, other: "Sums") -> None:
        """Add a batch to its file."""
        self.batches += 1
        self.records += other.records
        self.hash += other.hash
        self.debits += other.debits
        self.credits += other.credits

    def take(self, text: str, layout: Layout) -> None:
        """Add an entry detail record, whose numbers are digits."""
        self.hash += int(text[3:11])
        cents = int(text[layout.amount])
        if is_credit(text[1:3]):
            self.credits += cents
        else:
            self.debits += cents

    def fields(self) -> Record:
        """Give the fields of a control record that are computed."""
        return {
            "entry_addenda_count": self.records,
            "entry_hash": self.hash % HASH_MODULUS,
            "total_debit_amount": Decimal(self.debits).scaleb(-2),
            "total_credit_amount": Decimal(self.credits).scaleb(-2),
        }


def compare(sums: Sums, control: Record, layout: Layout) -> None:
    """Raise DecodeError where a control record says something else than what was summed."""
    for name, counted in sums.fields().items():
        found = control[name]
        if name == "entry_hash" and isinstance(found, int):
            found %= HASH_MODULUS
        if found != counted:
            raise differs(name, control, counted, layout)


_WORDS = {
    "batch_count": "number of batches",
    "entry_addenda_count": "number of entries and addenda",
    "entry_hash": "hash of routing numbers",
    "total_debit_amount": "sum of debits",
    "total_credit_amount": "sum of credits",
}


def differs(name: str, control: Record, counted: object, layout: Layout) -> DecodeError:
    """Make the error of one promise of a control record that is not kept."""
    row = next(row for row in layout.rows if row.name == name)
    is_count = name.endswith("count")
    figures = f": it says {control[name]!r}, there are {counted}" if is_count else ""
    return DecodeError(
        f"nacha.{name.removeprefix('total_').removeprefix('entry_')}",
        f"The {_WORDS[name]} is not what the records before add up to{figures}.",
        hint="The file was changed or cut on its way: ask for it again.",
        place=f"record {layout.name}, field {name}, column {row.start}",
    )
