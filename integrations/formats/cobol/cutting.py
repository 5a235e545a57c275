"""Cut records whose tables take only the room of what is in them, and read what was cut.

Such a record has no fixed offsets. It is walked once, table by table; the bytes of the same part of many
records are collected in a bin, and then read a column at a time like records of fixed size.
"""

from dataclasses import dataclass, field

from integrations.formats.cobol.groups import Group, Part, Run, rows
from integrations.formats.cobol.nodes import Sub, Table, Watched, regroup
from integrations.formats.cobol.values import FieldFault
from integrations.formats.codec import Record, Value


class TooShort(Exception):  # noqa: N818  a signal to the one who has more bytes, or an error for him to make
    """The bytes end inside the record."""


@dataclass(slots=True)
class Bin:
    """The bytes of one part of many records. counts: items of a table. inner: of a group that varies."""

    raws: list[bytes] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    inner: list["Bin"] = field(default_factory=list)


def bins_of(group: Group) -> list[Bin]:
    """Make the empty bins of a group, one a run."""
    return [Bin(inner=_inner(run)) for run in group.runs]


def _inner(run: Run | Table | Sub) -> list[Bin]:
    part = run.element if isinstance(run, Table) else run
    return bins_of(part.group) if isinstance(part, Sub) and not part.group.is_fixed else []


def cut(group: Group, data: bytes, at: int, bins: list[Bin], counts: dict[str, int]) -> int:
    """Put the bytes of one record from `at` on into the bins; gives where it ends.

    counts: what the fields that count tables said so far. Raises TooShort and FieldFault.
    """
    for run, found in zip(group.runs, bins, strict=True):
        if isinstance(run, Run):
            raw = data[at : at + run.size]
            if len(raw) < run.size:
                raise TooShort
            for name, offset, leaf in run.probes:
                value = leaf.probe(raw[offset : offset + leaf.size])
                if isinstance(value, int):
                    counts[name] = value
            found.raws.append(raw)
            at += run.size
        elif isinstance(run, Sub):
            at = cut(run.group, data, at, found.inner, counts)
        else:
            at = _cut_table(run, data, at, found, counts)
    return at


def _cut_table(table: Table, data: bytes, at: int, found: Bin, counts: dict[str, int]) -> int:
    try:
        count = table.count(counts.get(table.depending)) if table.depending else table.high
    except FieldFault as fault:
        fault.path.append(table.key)
        raise
    found.counts.append(count)
    element = table.element
    if isinstance(element, Sub) and not element.group.is_fixed:
        for _ in range(count):
            at = cut(element.group, data, at, found.inner, counts)
        return at
    end = at + count * element.size
    if end > len(data):
        raise TooShort
    found.raws.append(data[at:end])
    return end


def read_bins(group: Group, bins: list[Bin], count: int, seen: Watched) -> list[Record]:
    """Read what was cut. Raises FieldFault."""
    columns: list[tuple[Part, list[Value]]] = []
    for run, found in zip(group.runs, bins, strict=True):
        if isinstance(run, Run):
            columns.extend(run.columns(b"".join(found.raws), count, seen))
            continue
        try:
            columns.append((run, _varying(run, found, count, seen)))
        except FieldFault as fault:
            fault.path.append(run.key)
            raise
    return rows(columns, count)


def _varying(part: Table | Sub, found: Bin, count: int, seen: Watched) -> list[Value]:
    if isinstance(part, Sub):
        return [*read_bins(part.group, found.inner, count, seen)]
    if not found.inner:
        return part.items(b"".join(found.raws), found.counts, seen)
    assert isinstance(part.element, Sub)  # noqa: S101  only groups have inner bins
    inside = {
        name: [value for value, items in zip(column, found.counts, strict=True) for _ in range(items)]
        for name, column in seen.items()
    }
    items = read_bins(part.element.group, found.inner, sum(found.counts), inside)
    return regroup([*items], found.counts)


def read_varying(group: Group, raws: list[bytes]) -> list[Record]:
    """Read records that were cut already, each as long as its raw bytes. Raises TooShort and FieldFault."""
    bins = bins_of(group)
    for raw in raws:
        if cut(group, raw, 0, bins, {}) != len(raw):
            raise FieldFault("record_long", "The record has more bytes than its tables say.")
    return read_bins(group, bins, len(raws), {})


def record_end(group: Group, data: bytes, at: int) -> int:
    """Tell where the record that begins at `at` ends. Raises TooShort and FieldFault."""
    return cut(group, data, at, bins_of(group), {})
