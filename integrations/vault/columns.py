"""Which columns hold ciphertext: what a rotation visits.

The owner of a table registers it in its ``AppConfig.ready``::

    columns.register(EncryptedColumn("connectors_connection", "secret", Purpose.CRED))
"""

import re
from dataclasses import dataclass

from integrations.vault.purposes import Purpose

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class EncryptedColumn:
    """row_id: SQL expression, over the row, that gives the row id the values are sealed for: a uuid or text.

    keys: the primary key's columns, by which the rotation walks and finds a row again. sealed_as: the name of
    the column in the authenticated data, where kinds of value share one; their rows are told by ``where``.
    """

    table: str
    column: str
    purpose: Purpose
    row_id: str = "id"
    keys: tuple[str, ...] = ("id",)
    tenant: str = "tenant_id"
    sealed_as: str = ""
    where: str = "true"

    def __post_init__(self) -> None:
        if not self.sealed_as:
            object.__setattr__(self, "sealed_as", self.column)
        for name in (self.table, self.column, self.tenant, self.sealed_as, *self.keys):
            if not _NAME.fullmatch(name):
                raise ValueError(f"not a plain name: {name!r}")


_registered: dict[tuple[str, str, Purpose], EncryptedColumn] = {}


def register(column: EncryptedColumn) -> None:
    """Make a column known. Again with the same facts changes nothing; with others it is a bug."""
    known = _registered.setdefault((column.table, column.sealed_as, column.purpose), column)
    if known != column:
        raise ValueError(f"{column.table}.{column.sealed_as} is registered with other facts")


def registered(purpose: str) -> tuple[EncryptedColumn, ...]:
    return tuple(column for column in _registered.values() if column.purpose == purpose)


def forget(column: EncryptedColumn) -> None:
    """Take a column out again: its table is gone."""
    _registered.pop((column.table, column.sealed_as, column.purpose), None)
