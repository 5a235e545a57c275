"""Rows that tests need, made by the services of the product."""

from itertools import count
from uuid import UUID

from integrations.tenants import services
from integrations.tenants.access import Actor, ActorKind
from integrations.tenants.models import Role, Tenant, User

_numbers = count(1)


def user(email: str = "", *, staff_role: str = "") -> User:
    """A person without a password."""
    return User.objects.create_user(email or f"person{next(_numbers)}@example.test", staff_role=staff_role)


def tenant(name: str = "Siam Leather", *, owner: User | None = None) -> Tenant:
    return services.create_tenant(by=owner or user(), name=name)


def member(tenant_id: UUID, role: Role | str = Role.OWNER, *, person_id: UUID | None = None) -> Actor:
    """An actor as sign-in makes it; the row of the member is not needed for most services."""
    return Actor(ActorKind.MEMBER, tenant_id, person_id or user().pk, str(role), label="somebody")
