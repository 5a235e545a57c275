"""Reads of partners, tables and numbers; each inside the tenant."""

from collections.abc import Sequence
from uuid import UUID

from integrations.errors import AccessError
from integrations.partners.models import Allotment, Counter, Partner, Table
from integrations.partners.services import TableValue, table_rows
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind


def partners(actor: Actor) -> list[Partner]:
    require(actor, "partner.view")
    with bind(actor.tenant_id):
        return list(Partner.objects.filter(tenant_id=actor.tenant_id).order_by("name"))


def partner(actor: Actor, key: str) -> Partner:
    """Raise AccessError where there is none."""
    require(actor, "partner.view")
    with bind(actor.tenant_id):
        found = Partner.objects.filter(tenant_id=actor.tenant_id, key=key).first()
    if found is None:
        raise AccessError
    return found


def tables(actor: Actor) -> list[Table]:
    """Give the tables without their rows."""
    require(actor, "partner.view")
    with bind(actor.tenant_id):
        return list(Table.objects.filter(tenant_id=actor.tenant_id).defer("rows").order_by("key"))


def table(actor: Actor, key: str) -> Table:
    """Raise AccessError where there is none."""
    require(actor, "partner.view")
    with bind(actor.tenant_id):
        found = Table.objects.filter(tenant_id=actor.tenant_id, key=key).first()
    if found is None:
        raise AccessError
    return found


def rows(actor: Actor, names: frozenset[str]) -> dict[str, dict[str, TableValue]]:
    """Give the rows of tables by key, those of single partners too, as a run gets them."""
    if not names:
        return {}
    require(actor, "partner.view")
    with bind(actor.tenant_id):
        return table_rows(actor.tenant_id, names)


def counters(actor: Actor) -> list[Counter]:
    require(actor, "partner.view")
    with bind(actor.tenant_id):
        return list(Counter.objects.filter(tenant_id=actor.tenant_id).order_by("name"))


def allotments(
    actor: Actor, *, counter: str = "", run_id: UUID | None = None, limit: int = 100
) -> Sequence[Allotment]:
    """Give the numbers taken last, with what came back for them."""
    require(actor, "partner.view")
    with bind(actor.tenant_id):
        found = Allotment.objects.filter(tenant_id=actor.tenant_id)
        if counter:
            found = found.filter(counter=counter)
        if run_id is not None:
            found = found.filter(run_id=run_id)
        return list(found.order_by("-allotted_at", "-number")[:limit])
