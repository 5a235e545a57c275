"""Who may do what: one table, one function. Every service asks ``require`` before it acts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from integrations.errors import AccessError

OWNER, BUILDER, VIEWER = "owner", "builder", "viewer"
BILLING_ADMIN, SUPPORT = "billing_admin", "support"


class ActorKind(StrEnum):
    MEMBER = "member"
    API_KEY = "api_key"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which tenant. Made only by sign-in, by the check of an API key, and by 7M itself.

    role: of the member or the staff. scopes: permissions of an API key. origin: address it came from.
    """

    kind: ActorKind
    tenant_id: UUID
    id: UUID | None = None
    role: str = ""
    scopes: frozenset[str] = frozenset()
    label: str = ""
    origin: str = ""


class Owned(Protocol):
    """A thing of a tenant."""

    @property
    def tenant_id(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class Permission:
    """roles: members who have it. staff: people of the installation who have it in every tenant.

    scope: whether an API key may be given it. fresh: whether the person must have signed in again just now.
    """

    title: str
    roles: frozenset[str]
    staff: frozenset[str] = field(default=frozenset())
    scope: bool = True
    fresh: bool = False


_ALL = frozenset({OWNER, BUILDER, VIEWER})
_WRITE = frozenset({OWNER, BUILDER})
_OWN = frozenset({OWNER})
_NONE: frozenset[str] = frozenset()
_SUPPORT = frozenset({SUPPORT})
_BILLING = frozenset({BILLING_ADMIN})
_STAFF = frozenset({BILLING_ADMIN, SUPPORT})

PERMISSIONS: Mapping[str, Permission] = {
    "tenant.view": Permission("see the tenant", _ALL, _STAFF),
    "tenant.edit": Permission("rename the tenant and set its limits", _OWN, scope=False),
    "tenant.shred": Permission("destroy the tenant's keys", _OWN, scope=False, fresh=True),
    "member.view": Permission("see members", _ALL, _SUPPORT),
    "member.edit": Permission("invite and remove members and set roles", _OWN, scope=False, fresh=True),
    "api_key.view": Permission("see API keys", _WRITE, _SUPPORT, scope=False),
    "api_key.edit": Permission("make and revoke API keys", _OWN, scope=False, fresh=True),
    "audit.view": Permission("read the audit trail", _OWN, _SUPPORT),
    "flow.view": Permission("see flows", _ALL, _SUPPORT),
    "flow.edit": Permission("change drafts", _WRITE),
    "flow.publish": Permission("publish versions", _WRITE),
    "flow.enable": Permission("switch flows on and off", _WRITE),
    "flow.try": Permission("start test runs and send demo requests", _WRITE),
    "hook.view": Permission("see hooks", _WRITE, _SUPPORT),
    "hook.edit": Permission("make and switch off hooks and set their verifiers", _WRITE),
    "connection.view": Permission("see connections, never their secrets", _ALL, _SUPPORT),
    "connection.edit": Permission("make connections and replace credentials", _WRITE, fresh=True),
    "connection.use": Permission("use a connection in a flow and test it", _WRITE),
    "partner.view": Permission("see partners, lookup tables and control numbers", _ALL, _SUPPORT),
    "partner.edit": Permission("change partners, lookup tables and counters", _WRITE),
    "ingress.send": Permission("send requests into flows", _WRITE),
    "run.view": Permission("see runs", _ALL, _SUPPORT),
    "run.reveal": Permission("read payloads, with a reason", _WRITE, scope=False),
    "run.cancel": Permission("cancel runs", _WRITE),
    "run.resolve": Permission("settle runs in doubt", _WRITE),
    "batch.view": Permission("see batches", _ALL, _SUPPORT),
    "batch.send": Permission("upload files", _WRITE),
    "dead_letter.view": Permission("see dead letters", _ALL, _SUPPORT),
    "dead_letter.replay": Permission("replay dead letters", _WRITE),
    "dead_letter.edit": Permission("hold, discard and edit dead letters", _WRITE),
    "dead_letter.keep": Permission("set how long dead letters are kept", _OWN),
    "alert.view": Permission("see alerts", _ALL, _SUPPORT),
    "alert.edit": Permission("acknowledge alerts and set where they go", _WRITE),
    "approval.view": Permission("see what people are asked to decide", _ALL, _SUPPORT),
    "approval.decide": Permission("decide where one is asked to", _ALL),
    "usage.view": Permission("see usage and statements", _ALL, _STAFF),
    "statement.adjust": Permission("adjust a statement", _NONE, _BILLING, scope=False, fresh=True),
    "price.edit": Permission("change price tiers", _NONE, _BILLING, scope=False, fresh=True),
    "data.export": Permission("export the tenant's data", _OWN, scope=False, fresh=True),
    "key.rotate": Permission("rotate encryption keys", _OWN, scope=False, fresh=True),
    "sandbox.control": Permission("switch twins off and on", _WRITE),
}
SCOPES = frozenset(name for name, permission in PERMISSIONS.items() if permission.scope)


def allowed(actor: Actor, permission: str) -> bool:
    """Say whether the actor has it; an unknown permission is a bug and raises KeyError."""
    row = PERMISSIONS[permission]
    match actor.kind:
        case ActorKind.MEMBER:
            return actor.role in row.roles
        case ActorKind.STAFF:
            return actor.role in row.staff
        case ActorKind.API_KEY:
            return row.scope and permission in actor.scopes
        case ActorKind.SYSTEM:
            return True


def require(actor: Actor, permission: str, thing: Owned | None = None) -> None:
    """Raise AccessError unless the actor may do this to that.

    A thing of another tenant and a thing that is not there give the same error.
    """
    if thing is not None and thing.tenant_id != actor.tenant_id:
        raise AccessError
    if not allowed(actor, permission):
        raise AccessError("access.role", f"You may not {PERMISSIONS[permission].title}.")


def system(tenant_id: UUID, label: str = "7M") -> Actor:
    """Name 7M itself as the actor, for work that no person asked for."""
    return Actor(ActorKind.SYSTEM, tenant_id, label=label)
