"""Showing a payload as it is: by permission, with a reason, and never without its audit row."""

from typing import Final
from uuid import UUID

from integrations.desk.queries.documents import read_document, read_exchange
from integrations.desk.reasons import checked_reason
from integrations.desk.views import DocumentView, ExchangeView
from integrations.errors import AccessError
from integrations.tenants import audit
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind

SHOWN_S: Final = 300
"""How long a page may show what was revealed; it takes it away by itself and sends it with ``no-store``."""


def reveal(*, by: Actor, run_id: UUID, what: str, reason: str) -> DocumentView | ExchangeView:
    """Open a payload and write down who saw it and why, in one transaction.

    what: ``input``, ``reply``, ``edited.<kind>``, or ``attempt.<ordinal>`` for a request and its answer.
    reason: 10 to 500 characters. Raises AccessError, ConfigError ``reason.short``, ConflictError
    ``run.payload_gone``.
    """
    require(by, "run.reveal")
    said = checked_reason(reason)
    name, _, number = what.partition(".")
    with bind(by.tenant_id):
        shown: DocumentView | ExchangeView
        if name != "attempt":
            shown = read_document(by, run_id, what, is_plain=True)
        elif number.isascii() and number.isdigit() and len(number) < 10:
            shown = read_exchange(by, run_id, int(number), is_plain=True)
        else:
            raise AccessError
        audit.record(by, "run.revealed", f"engine.run:{run_id}", what=what, reason=said)
    return shown
