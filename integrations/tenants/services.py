"""Writes: tenants, members, API keys, staff. Each asks for permission and leaves its audit row."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from integrations.errors import AccessError, ConfigError, ConflictError
from integrations.tenants import audit
from integrations.tenants.access import SCOPES, Actor, ActorKind, require
from integrations.tenants.apikeys import SECRET_BYTES, ApiKeyText, Peppers, digest
from integrations.tenants.binding import bind
from integrations.tenants.ids import new_id
from integrations.tenants.models import (
    INSTALLATION_ID,
    ApiKey,
    Invitation,
    Member,
    Role,
    StaffRole,
    Tenant,
    TenantStatus,
    User,
)

INVITATION_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """text is shown once, and is nowhere else."""

    key: ApiKey
    text: str


@dataclass(frozen=True, slots=True)
class NewInvitation:
    invitation: Invitation
    token: str


def create_tenant(*, by: User, name: str, slug: str = "", origin: str = "") -> Tenant:
    """Make a tenant owned by the person who asked. Raises ConflictError when the short name is taken."""
    name = name.strip()
    if not name:
        raise ConfigError("tenant.name", "A tenant needs a name.", place="name")
    tenant_id = new_id()
    short = slug or f"{_slug(name)}-{tenant_id.hex[-6:]}"
    with bind(tenant_id):
        try:
            with transaction.atomic():
                tenant = Tenant.objects.create(id=tenant_id, name=name[:120], slug=short)
        except IntegrityError as taken:
            raise ConflictError("tenant.slug_taken", "This short name is taken.", place="slug") from taken
        member = Member.objects.create(tenant_id=tenant_id, user=by, role=Role.OWNER)
        actor = Actor(ActorKind.MEMBER, tenant_id, by.pk, member.role, label=by.email, origin=origin)
        audit.record(actor, "tenant.created", tenant, slug=short)
    return tenant


def add_member(*, by: Actor, user: User, role: Role) -> Member:
    """Seat a person at once. Raises ConflictError when they are a member already."""
    require(by, "member.edit")
    with bind(by.tenant_id):
        member, is_new = Member.objects.get_or_create(
            tenant_id=by.tenant_id, user=user, defaults={"role": Role(role)}
        )
        if not is_new:
            raise ConflictError("member.exists", "This person is a member already.")
        audit.record(by, "member.added", member, user=user.pk, role=member.role)
    return member


def set_role(*, by: Actor, member_id: UUID, role: Role) -> Member:
    """Give a member another role and end their sessions. The last owner stays owner."""
    require(by, "member.edit")
    with bind(by.tenant_id):
        member = _member_for_update(by, member_id)
        if role != Role.OWNER:
            _keep_an_owner(by, member)
        before, member.role = member.role, Role(role)
        member.save(update_fields=["role"])
        end_sessions(member.user_id)
        audit.record(by, "member.role_set", member, before=before, role=member.role)
    return member


def remove_member(*, by: Actor, member_id: UUID) -> None:
    """Take a person's seat and end their sessions. The last owner stays."""
    require(by, "member.edit")
    with bind(by.tenant_id):
        member = _member_for_update(by, member_id)
        _keep_an_owner(by, member)
        audit.record(by, "member.removed", member, user=member.user_id, role=member.role)
        end_sessions(member.user_id)
        member.delete()


def invite(*, by: Actor, email: str, role: Role, lifetime: timedelta = INVITATION_LIFETIME) -> NewInvitation:
    """Offer a seat to whoever signs in with this e-mail and the token. A newer offer replaces an open one."""
    require(by, "member.edit")
    token = secrets.token_urlsafe(32)
    email = email.strip().lower()
    with bind(by.tenant_id):
        Invitation.objects.filter(tenant_id=by.tenant_id, email__iexact=email, accepted_at=None).delete()
        invitation = Invitation.objects.create(
            tenant_id=by.tenant_id,
            email=email,
            role=Role(role),
            token_hash=_token_hash(token),
            expires_at=Now() + lifetime,
        )
        audit.record(by, "member.invited", invitation, email=email, role=invitation.role)
    return NewInvitation(invitation, token)


def accept_invitation(*, user: User, token: str, origin: str = "") -> Member:
    """Take the seat that was offered to this e-mail. Raises AccessError for any other token or person."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT invitation_id, tenant_id, email, role FROM tenants_invitation_lookup(%s)",
            [_token_hash(token)],
        )
        found = cursor.fetchone()
    if found is None or found[2].lower() != user.email.lower():
        raise AccessError
    invitation_id, tenant_id, _, role = found
    actor = Actor(ActorKind.MEMBER, tenant_id, user.pk, role, label=user.email, origin=origin)
    with bind(tenant_id):
        taken = Invitation.objects.filter(id=invitation_id, accepted_at=None).update(accepted_at=Now())
        if taken != 1:
            raise AccessError
        member, _ = Member.objects.get_or_create(tenant_id=tenant_id, user=user, defaults={"role": role})
        audit.record(actor, "member.joined", member, invitation=invitation_id)
    return member


def create_api_key(
    *,
    by: Actor,
    name: str,
    scopes: Iterable[str],
    peppers: Peppers,
    env: str = "live",
    expires_at: datetime | None = None,
) -> NewApiKey:
    """Make an API key; its text is in the answer and never again. Raises ConfigError for an unknown scope."""
    require(by, "api_key.edit")
    asked = sorted(set(scopes))
    if not asked or not SCOPES.issuperset(asked):
        raise ConfigError("api_key.scopes", "An API key needs scopes that exist.", place="scopes")
    if by.id is None or by.kind is not ActorKind.MEMBER:
        raise AccessError
    text = ApiKeyText(env, new_id(), os.urandom(SECRET_BYTES))
    with bind(by.tenant_id):
        key = ApiKey.objects.create(
            id=text.key_id,
            tenant_id=by.tenant_id,
            name=name.strip()[:80] or "API key",
            digest=digest(text, peppers.by_version[peppers.current]),
            pepper_version=peppers.current,
            scopes=asked,
            created_by_id=by.id,
            expires_at=expires_at,
        )
        audit.record(by, "api_key.created", key, scopes=" ".join(asked))
    return NewApiKey(key, str(text))


def revoke_api_key(*, by: Actor, key_id: UUID) -> None:
    """Refuse the key from now on; caches of it end within their time to live. Twice is as once."""
    require(by, "api_key.edit")
    with bind(by.tenant_id):
        revoked = ApiKey.objects.filter(tenant_id=by.tenant_id, id=key_id, revoked_at=None).update(
            revoked_at=Now()
        )
        if revoked:
            audit.record(by, "api_key.revoked", f"tenants.apikey:{key_id}")
        elif not ApiKey.objects.filter(tenant_id=by.tenant_id, id=key_id).exists():
            raise AccessError


def touch_api_key(*, tenant_id: UUID, key_id: UUID) -> None:
    """Note that a key was used, at most once a minute."""
    minute_ago = Now() - timedelta(minutes=1)
    with bind(tenant_id):
        unused = Q(last_used_at=None) | Q(last_used_at__lt=minute_ago)
        ApiKey.objects.filter(unused, tenant_id=tenant_id, id=key_id).update(last_used_at=Now())


def set_tenant_status(*, by: Actor, status: TenantStatus) -> None:
    """Suspend a tenant, open it again, or note that its keys are destroyed; only 7M itself does it."""
    if by.kind is not ActorKind.SYSTEM:
        raise AccessError
    with bind(by.tenant_id):
        Tenant.objects.filter(id=by.tenant_id).update(status=TenantStatus(status))
        audit.record(by, "tenant.status_set", f"tenants.tenant:{by.tenant_id}", status=str(status))


def set_staff_role(*, by: Actor, user: User, role: StaffRole | None) -> None:
    """Make a person staff of the installation, or no longer; only by its operator (the command line)."""
    if by.kind is not ActorKind.SYSTEM or by.tenant_id != INSTALLATION_ID:
        raise AccessError
    with bind(INSTALLATION_ID):
        User.objects.filter(pk=user.pk).update(staff_role=role or "", session_epoch=F("session_epoch") + 1)
        audit.record(by, "staff.role_set", user, role=role or "")
    user.refresh_from_db()


def end_sessions(user_id: UUID) -> None:
    """End all sessions of a person, everywhere."""
    User.objects.filter(pk=user_id).update(session_epoch=F("session_epoch") + 1)


def _member_for_update(by: Actor, member_id: UUID) -> Member:
    """Lock the tenant's owners and the member, in id order, so that two owners cannot remove each other."""
    locked = (
        Member.objects.select_for_update()
        .filter(Q(role=Role.OWNER) | Q(id=member_id), tenant_id=by.tenant_id)
        .order_by("id")
    )
    for member in locked:
        if member.id == member_id:
            return member
    raise AccessError


def _keep_an_owner(by: Actor, member: Member) -> None:
    others = Member.objects.filter(tenant_id=by.tenant_id, role=Role.OWNER).exclude(id=member.id)
    if member.role == Role.OWNER and not others.exists():
        raise ConflictError("member.last_owner", "A tenant needs an owner: name another one first.")


def _token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50] or "tenant"
