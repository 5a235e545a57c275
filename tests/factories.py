"""Rows that tests need, made by the services of the product."""

from datetime import UTC, datetime
from itertools import count
from uuid import UUID

from integrations.billing.models import PricePlan
from integrations.pricing.plans import PLANS, write_plan
from integrations.tenants import services
from integrations.tenants.access import Actor, ActorKind
from integrations.tenants.models import Role, Tenant, User

_numbers = count(1)


def user(email: str = "", *, staff_role: str = "") -> User:
    """A person without a password."""
    return User.objects.create_user(email or f"person{next(_numbers)}@example.test", staff_role=staff_role)


def tenant(name: str = "Siam Leather", *, owner: User | None = None) -> Tenant:
    return services.create_tenant(by=owner or user(), name=name)


def shipped_plans() -> None:
    """Store the shipped prices again: a test that commits leaves empty what a migration had filled."""
    for plan in PLANS.values():
        facts = {name: value for name, value in write_plan(plan).items() if name != "key"}
        PricePlan.objects.get_or_create(
            code=plan.key, version=1, defaults={**facts, "valid_from": datetime(2000, 1, 1, tzinfo=UTC)}
        )


def member(tenant_id: UUID, role: Role | str = Role.OWNER, *, person_id: UUID | None = None) -> Actor:
    """An actor as sign-in makes it; the row of the member is not needed for most services."""
    return Actor(ActorKind.MEMBER, tenant_id, person_id or user().pk, str(role), label="somebody")
