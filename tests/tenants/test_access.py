from types import SimpleNamespace
from uuid import UUID

import pytest

from integrations.errors import AccessError
from integrations.tenants.access import PERMISSIONS, SCOPES, Actor, ActorKind, allowed, require

MINE, OTHER = UUID(int=1), UUID(int=2)


def actor(kind, role="", scopes=()):
    return Actor(kind, MINE, UUID(int=9), role, frozenset(scopes))


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_an_owner_may_all_but_what_is_for_staff(permission):
    for_staff = permission in {"statement.adjust", "price.edit"}
    assert allowed(actor(ActorKind.MEMBER, "owner"), permission) is not for_staff


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_a_viewer_only_looks_and_decides_where_asked(permission):
    is_harmless = permission.endswith(".view") or permission == "approval.decide"
    assert is_harmless or not allowed(actor(ActorKind.MEMBER, "viewer"), permission)


@pytest.mark.parametrize("role", ["viewer", "builder", "support", "billing_admin", "", "root"])
@pytest.mark.parametrize("permission", ["member.edit", "api_key.edit", "key.rotate", "tenant.shred"])
def test_only_owners_hand_out_rights(role, permission):
    assert not allowed(actor(ActorKind.MEMBER, role), permission)
    assert not allowed(actor(ActorKind.STAFF, role), permission)


def test_support_sees_no_payload_and_changes_nothing():
    held = {name for name in PERMISSIONS if allowed(actor(ActorKind.STAFF, "support"), name)}
    assert all(name.endswith(".view") for name in held)


def test_a_member_named_like_staff_is_not_staff():
    assert not allowed(actor(ActorKind.MEMBER, "billing_admin"), "price.edit")
    assert allowed(actor(ActorKind.STAFF, "billing_admin"), "price.edit")


def test_an_api_key_has_its_scopes_and_never_more():
    key = actor(ActorKind.API_KEY, scopes=["flow.view", "api_key.edit"])
    assert allowed(key, "flow.view")
    assert not allowed(key, "flow.edit")
    assert not allowed(key, "api_key.edit")
    assert "api_key.edit" not in SCOPES


def test_a_foreign_thing_and_a_missing_one_look_the_same():
    foreign = SimpleNamespace(tenant_id=OTHER)
    with pytest.raises(AccessError) as refusal:
        require(actor(ActorKind.MEMBER, "owner"), "flow.view", foreign)
    assert refusal.value.code == AccessError().code


def test_a_refusal_names_what_may_not_be_done():
    with pytest.raises(AccessError) as refusal:
        require(actor(ActorKind.MEMBER, "viewer"), "flow.publish")
    assert refusal.value.code == "access.role"
    assert refusal.value.message == "You may not publish versions."


def test_an_unknown_permission_is_a_bug():
    with pytest.raises(KeyError):
        allowed(actor(ActorKind.MEMBER, "owner"), "flow.everything")
