"""Reads. Who somebody is comes before the tenant is known, through functions that take the exact key."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from integrations.errors import AccessError
from integrations.tenants import apikeys
from integrations.tenants.access import Actor, ActorKind, require
from integrations.tenants.apikeys import Peppers
from integrations.tenants.binding import bind
from integrations.tenants.models import ApiKey, AuditEvent, Invitation, Member, Tenant, User

PAGE = 50


@dataclass(frozen=True, slots=True)
class Membership:
    tenant_id: UUID
    tenant_name: str
    slug: str
    member_id: UUID
    role: str


@dataclass(frozen=True, slots=True)
class TenantName:
    """A line of the directory that staff sees."""

    tenant_id: UUID
    name: str
    slug: str
    status: str


def memberships(user: User) -> list[Membership]:
    """List the active tenants that a person may enter, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tenant_id, name, slug, member_id, role FROM tenants_memberships(%s)", [user.pk]
        )
        return [Membership(*row) for row in cursor.fetchall()]


def directory(user: User) -> list[TenantName]:
    """List the first 1,000 tenants, to staff; to others nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tenant_id, name, slug, status FROM tenants_directory(%s) LIMIT 1000", [user.pk]
        )
        return [TenantName(*row) for row in cursor.fetchall()]


def active_tenants() -> list[UUID]:
    """List every active tenant; as the engine or the owner, for what the beat does for all of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tenants_ids()")
        return [row[0] for row in cursor.fetchall()]


def actor_for(user: User, tenant_id: UUID, *, origin: str = "") -> Actor:
    """Make the signed-in person the actor in a tenant: as its member, else as staff. Raises AccessError."""
    for membership in memberships(user):
        if membership.tenant_id == tenant_id:
            return Actor(
                ActorKind.MEMBER, tenant_id, user.pk, membership.role, label=user.email, origin=origin
            )
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM tenants_directory(%s) WHERE tenant_id = %s", [user.pk, tenant_id])
        is_staff = cursor.fetchone() is not None
    if is_staff:
        return Actor(ActorKind.STAFF, tenant_id, user.pk, user.staff_role, label=user.email, origin=origin)
    raise AccessError


def api_key_actor(text: str, *, peppers: Peppers, origin: str = "") -> Actor:
    """Make the bearer of an API key the actor. Every way to be wrong gives the same AccessError."""
    key = apikeys.parse(text)
    with connection.cursor() as cursor:
        cursor.execute(apikeys.LOOKUP_SQL, [key.key_id])
        found = cursor.fetchone()
    if found is not None:
        tenant_id, name, digest, pepper_version, scopes, _, live = found
        if apikeys.matches(key, bytes(digest), pepper_version, peppers) and live:
            return Actor(
                ActorKind.API_KEY, tenant_id, key.key_id, scopes=frozenset(scopes), label=name, origin=origin
            )
    raise AccessError("access.api_key", "The API key is not valid.")


def tenant(by: Actor) -> Tenant:
    require(by, "tenant.view")
    with bind(by.tenant_id):
        return Tenant.objects.get(id=by.tenant_id)


def members(by: Actor) -> list[Member]:
    require(by, "member.view")
    with bind(by.tenant_id):
        return list(Member.objects.select_related("user").order_by("user__email")[:1000])


def invitations(by: Actor) -> list[Invitation]:
    require(by, "member.view")
    with bind(by.tenant_id):
        return list(Invitation.objects.filter(accepted_at=None).order_by("email")[:1000])


def api_keys(by: Actor, *, before: UUID | None = None, limit: int = PAGE) -> list[ApiKey]:
    """List API keys, newest first. before: the id of the last one of the page before."""
    require(by, "api_key.view")
    with bind(by.tenant_id):
        found = ApiKey.objects.filter(tenant_id=by.tenant_id).order_by("-id")
        if before is not None:
            found = found.filter(id__lt=before)
        return list(found[: min(limit, PAGE)])


def audit_events(by: Actor, *, before: UUID | None = None, limit: int = PAGE) -> list[AuditEvent]:
    """List audit rows, newest first."""
    require(by, "audit.view")
    with bind(by.tenant_id):
        found = AuditEvent.objects.filter(tenant_id=by.tenant_id).order_by("-id")
        if before is not None:
            found = found.filter(id__lt=before)
        return list(found[: min(limit, PAGE)])
