"""Lists by key: an opaque cursor says where the next page begins, signed for its list and its tenant.

A cursor of another tenant or of another list, a cut one and an invented one are all the same 400.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from uuid import UUID

from django.core import signing

from integrations.errors import InputError
from integrations.tenants.access import Actor

DEFAULT: Final = 50
MOST: Final = 100
CURSOR_MAX: Final = 500

Item = TypeVar("Item")
Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """next: the cursor of the page after this one, None on the last."""

    items: Sequence[Item]
    next: str | None


@dataclass(frozen=True, slots=True)
class Paging:
    """What a caller asked of a list. list: its name, part of what the cursor is signed for."""

    list: str
    tenant_id: UUID
    cursor: str
    limit: int

    def after(self, read: Callable[[str], Key]) -> Key | None:
        """Give the key behind which the page begins, None for the first page. Raises InputError."""
        if not self.cursor:
            return None
        try:
            return read(signing.Signer(salt=self._salt).unsign_object(self.cursor))
        except (signing.BadSignature, ValueError, TypeError, UnicodeError) as failure:
            raise InputError(
                "page.cursor",
                "The cursor is not one of this list.",
                hint="Leave it out to begin at the first page.",
                place="cursor",
            ) from failure

    def page(self, found: Sequence[Item], key: Callable[[Item], object]) -> Page[Item]:
        """Make the page from one item more than were asked for, where there are as many."""
        if len(found) <= self.limit:
            return Page(found, None)
        items = found[: self.limit]
        return Page(items, self.cursor_at(key(items[-1])))

    def cursor_at(self, key: object) -> str | None:
        """Make the cursor of the page behind this key; None for none."""
        if key is None:
            return None
        return signing.Signer(salt=self._salt).sign_object(str(key))

    @property
    def ask(self) -> int:
        """How many to read: one more, to know whether a page follows."""
        return self.limit + 1

    @property
    def _salt(self) -> str:
        return f"api list {self.list} of {self.tenant_id}"


def paging(by: Actor, name: str, *, cursor: str, limit: int) -> Paging:
    """Read what the caller asked of a list. Raises InputError."""
    if len(cursor) > CURSOR_MAX:
        raise InputError("page.cursor", "The cursor is not one of this list.", place="cursor")
    return Paging(name, by.tenant_id, cursor, limit)
