"""Binding a transaction to a tenant. Outside of it row-level security lets nothing be read: it raises."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import connections, transaction

from integrations.errors import AccessError, ConflictError

# For code with its own psycopg connection: the first statement of its transaction.
BIND_SQL = "SELECT set_config('sevenm.tenant', %s, true), set_config('sevenm.tenants', %s, true)"
BIND_TENANTS_SQL = "SELECT set_config('sevenm.tenants', %s, true)"

_bound: ContextVar[UUID | None] = ContextVar("sevenm_tenant", default=None)


def tenants_text(tenant_ids: Iterable[UUID]) -> str:
    """Write the setting ``sevenm.tenants``; raises AccessError for an empty list."""
    listed = ",".join(str(tenant_id) for tenant_id in tenant_ids)
    if not listed:
        raise AccessError("access.no_tenant", "No tenant is named.")
    return f"{{{listed}}}"


def bound_tenant() -> UUID:
    """Name the tenant of the innermost ``bind``; raises AccessError outside of one."""
    tenant_id = _bound.get()
    if tenant_id is None:
        raise AccessError("access.no_tenant", "No tenant is named.")
    return tenant_id


@contextmanager
def bind(tenant_id: UUID, *, using: str = "default") -> Generator[None]:
    """Open one transaction that may touch the rows of this tenant and of no other.

    May be nested for the same tenant. Binding a second one inside raises ConflictError: a transaction that
    mixes tenants is how rows change hands.
    """
    outer = _bound.get()
    if outer is not None and outer != tenant_id:
        raise ConflictError("tenant.already_bound", "This transaction works for another tenant already.")
    connection = connections[using]
    nested = connection.in_atomic_block
    with transaction.atomic(using=using):
        with connection.cursor() as cursor:
            cursor.execute(BIND_SQL, (str(tenant_id), tenants_text([tenant_id])))
        token = _bound.set(tenant_id)
        try:
            yield
        finally:
            _bound.reset(token)
    if nested and outer is None:  # released, not committed: the settings would outlive the block
        with connection.cursor() as cursor:
            cursor.execute(BIND_SQL, ("", ""))
