from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.db import connection

from integrations.errors import AccessError, ConfigError, ConflictError
from integrations.tenants import queries, services
from integrations.tenants.access import system
from integrations.tenants.apikeys import Peppers
from integrations.tenants.models import INSTALLATION_ID, ApiKey, AuditEvent, Invitation, Member, Role, User
from tests import factories

pytestmark = pytest.mark.django_db
PEPPERS = Peppers(1, {1: bytes(32)})


@pytest.fixture
def shop():
    """A tenant and its owner as an actor."""
    person = factories.user()
    tenant = factories.tenant(owner=person)
    return tenant, queries.actor_for(person, tenant.pk)


def actions(tenant_id):
    return list(
        AuditEvent.objects.filter(tenant_id=tenant_id).order_by("id").values_list("action", flat=True)
    )


def test_who_makes_a_tenant_owns_it(as_role):
    person = factories.user()
    with as_role("web"):
        tenant = services.create_tenant(by=person, name="Siam Leather")
        assert [(m.tenant_id, m.role) for m in queries.memberships(person)] == [(tenant.pk, "owner")]
    assert actions(tenant.pk) == ["tenant.created"]


def test_a_taken_short_name_is_told():
    factories.tenant()
    services.create_tenant(by=factories.user(), name="A", slug="same")
    with pytest.raises(ConflictError) as refusal:
        services.create_tenant(by=factories.user(), name="B", slug="same")
    assert (refusal.value.code, refusal.value.place) == ("tenant.slug_taken", "slug")


def test_a_stranger_gets_no_actor(shop):
    tenant, _ = shop
    with pytest.raises(AccessError):
        queries.actor_for(factories.user(), tenant.pk)


def test_staff_acts_as_staff(shop, as_role):
    tenant, _ = shop
    support = factories.user(staff_role="support")
    with as_role("web"):
        actor = queries.actor_for(support, tenant.pk)
    assert (actor.kind, actor.role, actor.tenant_id) == ("staff", "support", tenant.pk)
    assert queries.directory(factories.user()) == []


def test_a_closed_account_enters_nothing(shop):
    tenant, owner = shop
    User.objects.filter(pk=owner.id).update(is_active=False)
    with pytest.raises(AccessError):
        queries.actor_for(User.objects.get(pk=owner.id), tenant.pk)


def test_an_invitation_seats_the_person_it_was_sent_to(shop, as_role):
    tenant, owner = shop
    friend = factories.user("friend@example.test")
    with as_role("web"):
        offer = services.invite(by=owner, email="Friend@Example.test", role=Role.BUILDER)
        with pytest.raises(AccessError):
            services.accept_invitation(user=factories.user(), token=offer.token)
        services.accept_invitation(user=friend, token=offer.token)
        with pytest.raises(AccessError):
            services.accept_invitation(user=friend, token=offer.token)
        assert queries.actor_for(friend, tenant.pk).role == "builder"
    assert actions(tenant.pk)[-2:] == ["member.invited", "member.joined"]


def test_an_old_invitation_seats_nobody(shop):
    _, owner = shop
    friend = factories.user("late@example.test")
    offer = services.invite(by=owner, email=friend.email, role=Role.BUILDER, lifetime=-timedelta(days=1))
    with pytest.raises(AccessError):
        services.accept_invitation(user=friend, token=offer.token)


def test_the_token_of_an_invitation_is_not_stored(shop):
    _, owner = shop
    offer = services.invite(by=owner, email="x@example.test", role=Role.VIEWER)
    assert offer.token.encode() not in bytes(Invitation.objects.get().token_hash)


@pytest.mark.parametrize("role", ["builder", "viewer"])
def test_only_owners_manage_members(shop, role):
    tenant, _ = shop
    with pytest.raises(AccessError):
        services.add_member(by=factories.member(tenant.pk, role), user=factories.user(), role=Role.OWNER)
    assert Member.objects.filter(tenant=tenant).count() == 1


def test_the_last_owner_stays(shop):
    _, owner = shop
    seat = Member.objects.get(user_id=owner.id)
    with pytest.raises(ConflictError):
        services.remove_member(by=owner, member_id=seat.pk)
    with pytest.raises(ConflictError):
        services.set_role(by=owner, member_id=seat.pk, role=Role.VIEWER)
    seat.refresh_from_db()
    assert seat.role == "owner"


def test_a_new_role_ends_the_sessions_of_the_person(shop):
    _, owner = shop
    friend = factories.user()
    seat = services.add_member(by=owner, user=friend, role=Role.VIEWER)
    before = friend.get_session_auth_hash()
    services.set_role(by=owner, member_id=seat.pk, role=Role.BUILDER)
    assert User.objects.get(pk=friend.pk).get_session_auth_hash() != before


def test_members_of_another_tenant_cannot_be_touched(shop):
    _, owner = shop
    foreign = Member.objects.get(tenant=factories.tenant("Other"))
    with pytest.raises(AccessError):
        services.set_role(by=owner, member_id=foreign.pk, role=Role.VIEWER)
    with pytest.raises(AccessError):
        services.remove_member(by=owner, member_id=foreign.pk)


def test_an_api_key_opens_its_tenant_with_its_scopes(shop, as_role):
    tenant, owner = shop
    with as_role("web"):
        made = services.create_api_key(by=owner, name="ci", scopes=["flow.view", "run.view"], peppers=PEPPERS)
        actor = queries.api_key_actor(made.text, peppers=PEPPERS)
    assert (actor.tenant_id, actor.scopes) == (tenant.pk, {"flow.view", "run.view"})
    assert made.text.startswith("7m_live_")
    assert made.text[-49:-6].encode() not in bytes(ApiKey.objects.get().digest)


@pytest.mark.parametrize("spoil", ["revoked", "expired", "suspended", "altered", "unknown"])
def test_a_key_that_is_not_live_opens_nothing(shop, as_role, spoil):
    tenant, owner = shop
    past = datetime.now(UTC) - timedelta(seconds=1)
    ends = past if spoil == "expired" else None
    made = services.create_api_key(
        by=owner, name="ci", scopes=["flow.view"], peppers=PEPPERS, expires_at=ends
    )
    if spoil == "revoked":
        services.revoke_api_key(by=owner, key_id=made.key.pk)
    if spoil == "suspended":
        services.set_tenant_status(by=system(tenant.pk), status="suspended")
    if spoil == "unknown":
        ApiKey.objects.all().delete()
    text = made.text[:-1] + ("a" if made.text[-1] != "a" else "b") if spoil == "altered" else made.text
    with as_role("web"), pytest.raises(AccessError) as refusal:
        queries.api_key_actor(text, peppers=PEPPERS)
    assert refusal.value.code == "access.api_key"


@pytest.mark.parametrize("scopes", [[], ["everything"], ["api_key.edit"], ["flow.view", "price.edit"]])
def test_scopes_that_a_key_may_not_have_are_refused(shop, scopes):
    _, owner = shop
    with pytest.raises(ConfigError):
        services.create_api_key(by=owner, name="x", scopes=scopes, peppers=PEPPERS)


def test_a_key_of_another_tenant_cannot_be_revoked(shop):
    _, owner = shop
    person = factories.user()
    other = queries.actor_for(person, factories.tenant("Other", owner=person).pk)
    made = services.create_api_key(by=other, name="x", scopes=["flow.view"], peppers=PEPPERS)
    with pytest.raises(AccessError):
        services.revoke_api_key(by=owner, key_id=made.key.pk)
    assert ApiKey.objects.get().revoked_at is None


def test_the_use_of_a_key_is_noted_at_most_once_a_minute(shop, as_role):
    tenant, owner = shop
    made = services.create_api_key(by=owner, name="x", scopes=["flow.view"], peppers=PEPPERS)
    with as_role("web"):
        services.touch_api_key(tenant_id=tenant.pk, key_id=made.key.pk)
        first = queries.api_keys(owner)[0].last_used_at
        services.touch_api_key(tenant_id=tenant.pk, key_id=made.key.pk)
        assert queries.api_keys(owner)[0].last_used_at == first is not None


def test_only_the_operator_makes_staff(shop):
    _, owner = shop
    person = factories.user()
    with pytest.raises(AccessError):
        services.set_staff_role(by=owner, user=person, role="support")
    services.set_staff_role(by=system(INSTALLATION_ID), user=person, role="support")
    assert person.staff_role == "support"
    assert actions(INSTALLATION_ID) == ["staff.role_set"]


def test_lists_are_read_in_a_bounded_number_of_queries(shop, django_assert_max_num_queries):
    _, owner = shop
    for _ in range(5):
        services.add_member(by=owner, user=factories.user(), role=Role.VIEWER)
    with django_assert_max_num_queries(6):
        assert len([one.user.email for one in queries.members(owner)]) == 6


def test_passwords_are_argon2id():
    person = User.objects.create_user("p@example.test", "correct horse battery")
    assert identify_hasher(person.password).algorithm == "argon2"
    assert "argon2id" in person.password


def test_an_e_mail_is_one_person_in_any_case():
    factories.user("same@example.test")
    with pytest.raises(Exception, match="tenants_user_email_any_case"), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tenants_user (id, email, name, staff_role, is_active, session_epoch, password)"
            " VALUES (gen_random_uuid(), 'SAME@example.test', '', '', true, 0, '')"
        )
