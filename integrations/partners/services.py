"""Writes of partners, lookup tables and counters: permission, tenant, audit row, and a word to the engine."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Func, TextField, Value
from django.db.models.functions import Now
from django.utils.text import slugify

from integrations.errors import AccessError, ConfigError, ConflictError, LimitError, Problem
from integrations.formats.codec import parse_options
from integrations.formats.registry import FORMATS
from integrations.partners.models import HIGHEST, Counter, Partner, Table
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.tenants.changes import changed
from integrations.tenants.ids import new_id

MAX_ROWS = 100_000
MAX_CELL = 1_000
MAX_TABLES = 500

TableValue = str | int | bool | None


def save_partner(*, by: Actor, key: str, name: str, profile: Mapping[str, Mapping[str, object]]) -> Partner:
    """Make or change a partner. Raises ConfigError for a profile that its formats cannot use."""
    require(by, "partner.edit")
    if not key or slugify(key) != key or not name.strip():
        raise ConfigError(
            "partner.key", "A partner needs a name and a key of small letters, digits and dashes."
        )
    check_profile(profile)
    with bind(by.tenant_id):
        row = Partner.objects.filter(tenant_id=by.tenant_id, key=key).select_for_update().first()
        is_new = row is None
        if row is None:
            row = Partner(id=new_id(), tenant_id=by.tenant_id, key=key)
        row.name, row.profile, row.updated_at = name.strip(), dict(profile), Now()
        row.save()
        changed(by.tenant_id)
        audit.record(by, "partner.created" if is_new else "partner.changed", row, key=key)
    return row


def check_profile(profile: Mapping[str, Mapping[str, object]]) -> None:
    """Raise ConfigError for unknown formats and options. Options that a step must add may be missing."""
    problems: list[Problem] = []
    for key, options in profile.items():
        if key not in FORMATS:
            problems.append(Problem("format.unknown", f"There is no format “{key}”.", key))
            continue
        known = FORMATS[key].Options.model_fields
        problems += [
            Problem("format.options", "There is no such option.", f"{key}.{name}")
            for name in options
            if name not in known
        ]
        if all(field.is_required() is False for field in known.values()):
            try:
                parse_options(FORMATS[key], options)
            except ConfigError as error:
                problems += [
                    replace(found, place=f"{key}.{found.place}" if found.place else key)
                    for found in error.problems
                ]
    if problems:
        raise ConfigError(
            "partner.profile",
            "The profile of the partner is not valid.",
            place=problems[0].place,
            problems=problems,
        )


def delete_partner(*, by: Actor, key: str) -> None:
    """Remove a partner. Flows that name it say so when they next run; its counters stay."""
    require(by, "partner.edit")
    with bind(by.tenant_id):
        row = Partner.objects.filter(tenant_id=by.tenant_id, key=key).select_for_update().first()
        if row is None:
            raise AccessError
        audit.record(by, "partner.deleted", row, key=key)
        row.delete()
        changed(by.tenant_id)


def save_table(
    *, by: Actor, key: str, title: str, rows: Mapping[str, TableValue], revision: int | None = None
) -> Table:
    """Make or replace a lookup table.

    revision: the one that was edited; ConflictError when somebody else saved since. None: make a new one, or
    replace whatever is there (an import). Raises ConfigError, LimitError.
    """
    require(by, "partner.edit")
    _check_table(key, title, rows)
    with bind(by.tenant_id):
        row = Table.objects.filter(tenant_id=by.tenant_id, key=key).select_for_update().first()
        is_new = row is None
        if row is None:
            if Table.objects.filter(tenant_id=by.tenant_id).count() >= MAX_TABLES:
                raise LimitError("table.too_many", f"There are {MAX_TABLES} tables already.")
            row = Table(id=new_id(), tenant_id=by.tenant_id, key=key, revision=0)
        elif revision is not None and row.revision != revision:
            raise ConflictError(
                "table.changed",
                "Somebody else changed this table.",
                hint="Load it again, then make your change.",
            )
        row.title, row.rows, row.revision, row.updated_at = title.strip(), dict(rows), row.revision + 1, Now()
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            raise ConflictError("table.taken", "There is a table of this key already.") from None
        changed(by.tenant_id)
        audit.record(by, "table.created" if is_new else "table.changed", row, key=key, rows=len(rows))
    return row


def _check_table(key: str, title: str, rows: Mapping[str, TableValue]) -> None:
    if not key or any(slugify(part) != part or not part for part in key.split("@")) or key.count("@") > 1:
        raise ConfigError(
            "table.key",
            "A table's key is small letters, digits and dashes; a partner's own table is <table>@<partner>.",
            place="key",
        )
    if not title.strip() or len(title) > 120:
        raise ConfigError("table.title", "A table needs a title of at most 120 characters.", place="title")
    if len(rows) > MAX_ROWS:
        raise LimitError("table.rows", f"A table holds at most {MAX_ROWS:,} rows.")
    for number, (name, value) in enumerate(rows.items(), 1):
        if (
            len(name) > MAX_CELL
            or "\0" in name
            or (isinstance(value, str) and (len(value) > MAX_CELL or "\0" in value))
        ):
            raise LimitError(
                "table.cell", f"A cell is longer than {MAX_CELL} characters.", place=f"row {number}"
            )


def rows_of_csv(text: str) -> dict[str, TableValue]:
    """Read a table of two columns; a first row “key,value” is a header. Raises ConfigError with the line."""
    found: dict[str, TableValue] = {}
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if not cells or (
                reader.line_num == 1 and [cell.strip().lower() for cell in cells[:2]] == ["key", "value"]
            ):
                continue
            if len(cells) != 2:
                raise ConfigError("table.columns", "A row needs two cells.", place=f"line {reader.line_num}")
            if cells[0] in found:
                raise ConfigError("table.twice", "A key stands twice.", place=f"line {reader.line_num}")
            found[cells[0]] = cells[1]
    except csv.Error:
        raise ConfigError("table.csv", "This is not CSV.", place=f"line {reader.line_num}") from None
    return found


def delete_table(*, by: Actor, key: str) -> None:
    """Remove a table. Rules that name it find nothing from then on."""
    require(by, "partner.edit")
    with bind(by.tenant_id):
        row = Table.objects.filter(tenant_id=by.tenant_id, key=key).select_for_update().first()
        if row is None:
            raise AccessError
        audit.record(by, "table.deleted", row, key=key)
        row.delete()
        changed(by.tenant_id)


def set_counter(*, by: Actor, name: str, last: int, reason: str, highest: int = HIGHEST) -> Counter:
    """Set where a counter goes on: the next number is last + 1. For taking over from another system."""
    require(by, "partner.edit")
    if not 0 <= last < highest or not reason.strip() or not name or len(name) > 160:
        raise ConfigError(
            "counter.value", "A counter needs a name, a number from 0 on, and the reason of the change."
        )
    with bind(by.tenant_id):
        row, _ = Counter.objects.select_for_update().get_or_create(tenant_id=by.tenant_id, name=name)
        before, row.last, row.highest = row.last, last, highest
        row.save()
        audit.record(by, "counter.set", name, before=before, last=last, reason=reason.strip()[:200])
    return row


def table_rows(tenant_id: UUID, names: frozenset[str]) -> dict[str, dict[str, TableValue]]:
    """Give the rows of tables by key, those of single partners too, for tests of a mapping; in `bind`."""
    if not names:
        return {}
    roots = {name.partition("@")[0] for name in names}
    root = Func(F("key"), Value("@"), Value(1), function="split_part", output_field=TextField())
    found = Table.objects.filter(tenant_id=tenant_id).alias(root=root).filter(root__in=roots)
    return dict(found.values_list("key", "rows"))
