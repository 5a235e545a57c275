"""A run's documents and exchanges, masked: their structure without what they say. `reveal` shows the rest.

They are opened in the web process, which holds the key of purpose ``data``, and masked before they leave.
"""

from uuid import UUID

from integrations.desk.queries.runs import run_of, title_of
from integrations.desk.views import DocumentView, ExchangeView, document_view, exchange_view
from integrations.engine.models import Attempt, Document, DocumentKind
from integrations.engine.places import document_place, exchange_place
from integrations.errors import AccessError, ConflictError
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind
from integrations.vault import services as vault
from integrations.vault.purposes import Purpose


def document(by: Actor, run_id: UUID, what: str) -> DocumentView:
    """Give a document masked. what: ``input``, ``reply`` or ``edited.<kind>``.

    Raises AccessError where there is none such, ConflictError ``run.payload_gone`` when it was destroyed.
    """
    require(by, "run.view")
    with bind(by.tenant_id):
        return read_document(by, run_id, what, is_plain=False)


def exchange(by: Actor, run_id: UUID, ordinal: int) -> ExchangeView:
    """Give request and answer of an attempt, masked. Raises as `document`."""
    require(by, "run.view")
    with bind(by.tenant_id):
        return read_exchange(by, run_id, ordinal, is_plain=False)


def read_document(by: Actor, run_id: UUID, what: str, *, is_plain: bool) -> DocumentView:
    """Open a document, inside `bind`; the caller has asked for permission."""
    run_of(by, run_id)
    kind = kind_of(what)
    row = Document.objects.filter(tenant_id=by.tenant_id, run_id=run_id, kind=kind).first()
    if row is None:
        raise _gone() if kind == DocumentKind.INPUT else AccessError()
    frame = open_document(row)
    return document_view(what, title_of(kind), row.created_at, frame, is_plain=is_plain)


def read_exchange(by: Actor, run_id: UUID, ordinal: int, *, is_plain: bool) -> ExchangeView:
    """Open an exchange, inside `bind`; the caller has asked for permission."""
    run_of(by, run_id)
    row = Attempt.objects.filter(tenant_id=by.tenant_id, run_id=run_id, ordinal=ordinal).first()
    if row is None:
        raise AccessError
    if row.exchange is None:
        raise _gone()
    place = exchange_place(run_id, ordinal)
    frame = vault.open_(by.tenant_id, Purpose.DATA, *place, bytes(row.exchange))
    return exchange_view(f"attempt.{ordinal}", frame, is_plain=is_plain)


def open_document(row: Document) -> bytes:
    """Decrypt a document of a run, inside `bind`."""
    place = document_place(row.run_id, row.kind)
    return vault.open_(row.tenant_id, Purpose.DATA, *place, bytes(row.body))


def kind_of(what: str) -> int:
    """Read the name of a document. Raises AccessError for one that cannot be."""
    name, _, number = what.partition(".")
    if name == "edited" and number.isascii() and number.isdigit() and len(number) < 5:
        kind = int(number)
        if kind >= DocumentKind.EDITED:
            return kind
    if what in {"input", "reply"}:
        return int(DocumentKind[what.upper()])
    raise AccessError


def _gone() -> ConflictError:
    return ConflictError(
        "run.payload_gone",
        "The documents of this run were destroyed when their time was over.",
        hint="Have the request sent again.",
    )
