"""Which tenant a signed-in person works in: kept in the session, checked every time."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from django.http import HttpRequest

from integrations.errors import AccessError
from integrations.tenants import queries
from integrations.tenants.access import Actor, ActorKind, allowed
from integrations.tenants.models import User
from integrations.tenants.queries import Membership

SESSION_KEY = "tenant"
NO_TENANT = "access.no_tenant"


class Store(Protocol):
    """What is needed of a session."""

    def get(self, key: str) -> object: ...


@dataclass(frozen=True, slots=True)
class Seat:
    """A person in a tenant. choices: all the tenants they may sit in as members."""

    actor: Actor
    tenant_name: str
    choices: tuple[Membership, ...]

    def may(self, permission: str) -> bool:
        return allowed(self.actor, permission)

    @property
    def role_word(self) -> str:
        return self.actor.role.replace("_", " ").capitalize()


def seat(request: HttpRequest) -> Seat:
    """Give the person's seat, the chosen one or the first. Raises AccessError for who has none."""
    known = getattr(request, "_seat", None)
    if isinstance(known, Seat):
        return known
    found = seat_of(request.user, request.session, origin=request.META.get("REMOTE_ADDR", ""))
    request._seat = found  # type: ignore[attr-defined]  # noqa: SLF001  once for each request
    return found


def has_seat(request: HttpRequest) -> bool:
    """Say whether the signed-in person has a seat anywhere."""
    try:
        seat(request)
    except AccessError as error:
        if error.code != NO_TENANT:
            raise
        return False
    return True


def actor(request: HttpRequest) -> Actor:
    """Give who acts, for a service or a query. Raises AccessError."""
    return seat(request).actor


def seat_of(user: object, session: Store, *, origin: str = "") -> Seat:
    """Find the seat of a user with this session. Raises AccessError."""
    if not isinstance(user, User):
        raise AccessError
    choices = queries.memberships(user)
    chosen = _uuid(session.get(SESSION_KEY))
    mine = next((one for one in choices if one.tenant_id == chosen), None)
    if mine is None and chosen is not None and user.staff_role:
        return _staff_seat(user, chosen, choices, origin)
    mine = mine or next(iter(choices), None)
    if mine is None:
        raise AccessError(
            NO_TENANT,
            "You are not a member of any tenant yet. Ask an owner for an invitation.",
        )
    who = Actor(ActorKind.MEMBER, mine.tenant_id, user.pk, mine.role, label=user.email, origin=origin)
    return Seat(who, mine.tenant_name, tuple(choices))


def enter(request: HttpRequest, tenant_id: UUID) -> None:
    """Take a seat in another tenant. Raises AccessError where the person has none."""
    user = request.user
    if not isinstance(user, User):
        raise AccessError
    queries.actor_for(user, tenant_id)
    request.session[SESSION_KEY] = str(tenant_id)


def _staff_seat(user: User, tenant_id: UUID, choices: list[Membership], origin: str) -> Seat:
    who = queries.actor_for(user, tenant_id, origin=origin)
    name = next((line.name for line in queries.directory(user) if line.tenant_id == tenant_id), "")
    return Seat(who, name, tuple(choices))


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value)) if value else None
    except ValueError:
        return None
