"""Reads of connections; inside nothing, each binds its tenant."""

from uuid import UUID

from integrations.connectors.models import Connection
from integrations.errors import AccessError
from integrations.tenants.access import Actor, require
from integrations.tenants.binding import bind

PAGE = 200


def connections(by: Actor, *, after: str = "", limit: int = PAGE) -> list[Connection]:
    """Give the tenant's connections by name, those after a name; at most 200. Their secrets are left out."""
    require(by, "connection.view")
    with bind(by.tenant_id):
        found = Connection.objects.filter(tenant_id=by.tenant_id, name__gt=after).defer("secret")
        return list(found.order_by("name")[: min(limit, PAGE)])


def connection(by: Actor, connection_id: UUID) -> Connection:
    """Give one. Raises AccessError where the tenant has none such."""
    require(by, "connection.view")
    with bind(by.tenant_id):
        return connection_of(by.tenant_id, connection_id)


def connection_named(by: Actor, name: str) -> Connection:
    """Give the one that flows call by this name or id. Raises AccessError where the tenant has none such."""
    require(by, "connection.view")
    with bind(by.tenant_id):
        found = Connection.objects.filter(tenant_id=by.tenant_id).defer("secret")
        row = found.filter(name=name).first()
        if row is None:
            try:
                row = found.filter(id=UUID(name)).first()
            except ValueError:
                row = None
    if row is None:
        raise AccessError
    return row


def connection_of(tenant_id: UUID, connection_id: UUID, *, for_update: bool = False) -> Connection:
    """Give one; inside `bind`."""
    found = Connection.objects.filter(tenant_id=tenant_id, id=connection_id)
    row = (found.select_for_update() if for_update else found).first()
    if row is None:
        raise AccessError
    return row
